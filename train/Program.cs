return await Toolchain.Train.TrainProgram.RunAsync(args);
