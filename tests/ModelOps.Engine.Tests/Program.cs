using ModelOps.Engine.Tests.Numerics;

// The test assembly run as a program: InstructionSetTests starts it under other hardware settings.
if (args is not ["numerics-digest"]) return 2;
Console.WriteLine(NumericsDigest.Hardware);
Console.WriteLine(NumericsDigest.Compute(threads: 2));
Console.WriteLine(NumericsDigest.ComputeQuantized(threads: 2));
return 0;
