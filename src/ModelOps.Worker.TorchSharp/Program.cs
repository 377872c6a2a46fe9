using ModelOps.Worker;
using ModelOps.Worker.Torch;

var output = Console.OpenStandardOutput();
// Standard output carries events alone; what a library prints is for people.
Console.SetOut(Console.Error);
TorchLibrary.Resolve();
return Worker.Run(args, output, events => new TorchComputation(events));
