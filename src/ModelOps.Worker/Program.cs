return ModelOps.Worker.Worker.Run(args, Console.OpenStandardOutput(), _ => new ModelOps.Worker.EngineComputation());
