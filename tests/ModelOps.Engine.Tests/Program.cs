using ModelOps.Engine.Tests.Numerics;
using ModelOps.Engine.Tests.Reproducibility;

// The test assembly run as a program: tests start it under other hardware settings.
Console.WriteLine(NumericsDigest.Hardware);
switch (args)
{
    case ["numerics"]:
        Console.WriteLine(NumericsDigest.Compute(threads: 2));
        Console.WriteLine(NumericsDigest.ComputeQuantized(threads: 2));
        return 0;
    case ["work"]:
        foreach (var work in Work.All)
            Console.WriteLine($"{work.Name}\t{work.Digest(threads: 2)}");
        return 0;
    default:
        return 2;
}
