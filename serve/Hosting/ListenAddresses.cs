using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Toolchain.Serve;

/// <summary>
/// Addresses on which the server listens. Without TLS a connection cannot say whether it speaks HTTP/1.1 or HTTP/2, so each has its address.
/// </summary>
internal static class ListenAddresses
{
    /// <summary>Listens for HTTP/1.1, and at another address for gRPC, HTTP/2 from the first byte.</summary>
    public static void Listen(this KestrelServerOptions kestrel, ServeOptions options)
    {
        foreach (var url in options.Urls)
        {
            Listen(kestrel, BindingAddress.Parse(url), HttpProtocols.Http1);
        }

        if (options.GrpcUrl is { } grpc)
        {
            Listen(kestrel, BindingAddress.Parse(grpc), HttpProtocols.Http2);
        }
    }

    private static void Listen(KestrelServerOptions kestrel, BindingAddress address, HttpProtocols protocols)
    {
        if (address.IsUnixPipe)
        {
            kestrel.ListenUnixSocket(address.UnixPipePath, Speak);
        }
        else if (address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            kestrel.ListenLocalhost(address.Port, Speak);
        }
        else if (IPAddress.TryParse(address.Host, out var ip))
        {
            kestrel.Listen(ip, address.Port, Speak);
        }
        else
        {
            // As the web server reads addresses everywhere: any other host, such as * or a name, means all of the machine's addresses.
            kestrel.ListenAnyIP(address.Port, Speak);
        }

        void Speak(ListenOptions listen) => listen.Protocols = protocols;
    }
}
