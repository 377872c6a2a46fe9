return ModelOps.Worker.Worker.Run(args, Console.OpenStandardOutput());
