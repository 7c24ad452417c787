using System.Globalization;

namespace Toolchain.Serve.Grpc;

/// <summary>The header <c>grpc-timeout</c>: at most eight digits and a unit (gRPC over HTTP/2, Requests).</summary>
internal static class GrpcTimeout
{
    private const int MaxDigits = 8;

    // Nothing waits longer; and timestamps must not overflow.
    private static readonly TimeSpan Most = TimeSpan.FromDays(1);

    /// <summary>Reads the header.</summary>
    /// <exception cref="GrpcException">It is not a duration.</exception>
    public static TimeSpan Parse(string header)
    {
        if (header.Length is < 2 or > MaxDigits + 1 || !long.TryParse(header.AsSpan(0, header.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            throw Wrong(header);
        }

        var seconds = count * (header[^1] switch
        {
            'H' => 3600.0,
            'M' => 60.0,
            'S' => 1.0,
            'm' => 1e-3,
            'u' => 1e-6,
            'n' => 1e-9,
            _ => throw Wrong(header),
        });
        return seconds < Most.TotalSeconds ? TimeSpan.FromSeconds(seconds) : Most;
    }

    private static GrpcException Wrong(string header) =>
        new(GrpcCode.InvalidArgument, $"Header grpc-timeout is '{header}'; expected one to {MaxDigits} digits and a unit of H, M, S, m, u or n.");
}
