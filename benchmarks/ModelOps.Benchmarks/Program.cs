using ModelOps.Benchmarks;
using ModelOps.Benchmarks.Groups;

// bench [group | group/measure …]: one JSON line per measure on standard output, progress on standard error, exit code 1 when a bound is missed.
var groups = new Dictionary<string, Func<string, IEnumerable<Measure>>>(StringComparer.Ordinal)
{
    ["build"] = BuildGroup.Measures,
    ["data"] = DataGroup.Measures,
    ["engine"] = EngineGroup.Measures,
    ["evaluate"] = EvaluateGroup.Measures,
    ["identity"] = IdentityGroup.Measures,
    ["runtime"] = RuntimeGroup.Measures,
    ["package"] = PackageGroup.Measures,
};

if (EngineProcess.IsChild(args))
{
    EngineProcess.RunChild(args);
    return 0;
}

string root = args[0];
string[] wanted = args.Length > 1 ? args[1..] : [.. groups.Keys];
var outcomes = new List<Outcome>();
foreach (string name in wanted)
{
    string group = name.Split('/')[0];
    if (!groups.TryGetValue(group, out Func<string, IEnumerable<Measure>>? measures))
    {
        Console.Error.WriteLine($"bench: no group '{group}'; there are: {string.Join(", ", groups.Keys)}");
        return 2;
    }

    Measure[] chosen = [.. measures(root).Where(measure => name == group || measure.Name == name || measure.Name.StartsWith(name + "/", StringComparison.Ordinal))];
    if (chosen.Length == 0)
    {
        Console.Error.WriteLine($"bench: no measure '{name}'; there are: {string.Join(", ", measures(root).Select(measure => measure.Name))}");
        return 2;
    }

    foreach (Measure measure in chosen)
    {
        if (measure.Missing() is { } missing)
        {
            Console.Error.WriteLine($"{measure.Name}: not measured: {missing}");
            continue;
        }

        Outcome outcome = Runner.Run(measure, Console.Error.WriteLine);
        Console.WriteLine(outcome.ToLine());
        outcomes.Add(outcome);
    }
}

ResultTable.Update(Path.Combine(root, "benchmarks", "README.md"), outcomes, DateTime.UtcNow.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
return outcomes.TrueForAll(outcome => outcome.Pass) ? 0 : 1;
