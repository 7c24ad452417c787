using MyNetworks;
using Toolchain.Train;

return await TrainProgram.RunAsync(args, new TwoStage());
