using Toolchain.Bench.Serving;

// bench-serving weights NETWORK CxHxW CLASSES FILE     writes fresh weights of a network as safetensors
// bench-serving PART… --models DIR --weights DIR --serve FILE      measures; PART is single, saturation, trivial, peers, overload, start, loading
//   [--peers DIR] [--threads N] [--seconds S]
if (args is ["weights", var network, var size, var classes, var file])
{
    FreshWeights.Write(network, size, classes, file);
    return 0;
}

var bench = BenchOptions.Read(args);
foreach (var part in bench.Parts)
{
    switch (part)
    {
        case "single": SingleImage.Run(bench); break;
        case "saturation": Saturation.Run(bench); break;
        case "trivial": TrivialModel.Run(bench); break;
        case "peers": Peers.Run(bench); break;
        case "overload": Overload.Run(bench); break;
        case "start": StartUp.Run(bench); break;
        case "loading": Loading.Run(bench); break;
        default: throw new ArgumentException($"bench-serving has no part '{part}'.");
    }
}

return 0;
