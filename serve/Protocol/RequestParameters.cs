using Toolchain.Serve.Http;

namespace Toolchain.Serve.Protocol;

/// <summary>
/// The parameters of requests, inputs and outputs: what each means, and which are refused (Open Inference Protocol v2; Triton's extensions for
/// schedule policy, binary tensor data and classification). Parameters that a server does not know are for others on the way, and are skipped.
/// </summary>
internal static class RequestParameters
{
    /// <summary>Most classes that are given for one row.</summary>
    public const int MaxClasses = 1_000_000;

    private const double MicrosecondsPerDay = 86_400e6;

    /// <summary>Puts a parameter of the request in its place.</summary>
    /// <exception cref="RequestException">Its value is wrong or its name is reserved (400), or this server does not have it (501).</exception>
    public static void Apply(InferRequest request, string name, in ParameterValue value)
    {
        switch (name)
        {
            case "binary_data_output":
                request.BinaryOutputs = value.Flag(name);
                break;
            case "timeout":
                var microseconds = value.Count(name);
                request.Timeout = microseconds == 0 ? null : TimeSpan.FromMicroseconds(Math.Min(microseconds, MicrosecondsPerDay));
                break;
            case "priority":
                request.Priority = (int)value.Count(name, int.MaxValue);
                break;
            case "explain":
                request.Explain = value.Flag(name);
                break;
            case "sequence_id" or "sequence_start" or "sequence_end":
                throw RequestException.Unsupported($"Parameter '{name}' is not supported by this server.");
            case "headers":
            case var reserved when reserved.StartsWith("triton_", StringComparison.Ordinal):
                throw RequestException.Bad($"Parameter '{name}' is reserved and cannot be given in a request.");
            default:
                break;
        }
    }

    /// <summary>Puts a parameter of an input in its place.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    /// <param name="binarySize">Receives the bytes of the input's binary data.</param>
    /// <exception cref="RequestException">Its value is wrong (400), or this server does not have it (501).</exception>
    public static void ApplyToInput(string name, in ParameterValue value, ref long? binarySize)
    {
        RefuseSharedMemory(name);
        if (name == "binary_data_size")
        {
            binarySize = value.Count(name);
        }
    }

    /// <summary>An output with a parameter in its place.</summary>
    /// <exception cref="RequestException">Its value is wrong (400), or this server does not have it (501).</exception>
    public static RequestOutput ApplyToOutput(RequestOutput output, string name, in ParameterValue value)
    {
        RefuseSharedMemory(name);
        return name switch
        {
            "binary_data" => output with { IsBinary = value.Flag(name) },
            "classification" => output with { Classes = value.Count(name, MaxClasses) is > 0 and var classes ? (int)classes : throw RequestException.Bad("Parameter 'classification' is 0; expected how many classes are wanted, from 1.") },
            _ => output,
        };
    }

    private static void RefuseSharedMemory(string name)
    {
        if (name.StartsWith("shared_memory", StringComparison.Ordinal))
        {
            throw RequestException.Unsupported("Shared memory is not supported by this server.");
        }
    }
}
