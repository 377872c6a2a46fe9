using System.Globalization;
using System.Text.RegularExpressions;

namespace ModelOps.Benchmarks.Groups;

/// <summary>Builds that have nothing to do, or next to nothing, against builds of projects that contain nothing.</summary>
internal static partial class IdentityBuilds
{
    private const string NoOp = "build --no-restore -v quiet";

    private const int Projects = 100;

    public static IEnumerable<Measure> Measures(string root)
    {
        var sandbox = new Sandbox(root);
        yield return OneProject(sandbox, "identity/noop", files: 100, bound: 1.05, server: false);
        yield return OneProject(sandbox, "identity/noop-server", files: 100, bound: 1.25, server: true);
        yield return OneProject(sandbox, "identity/noop-files", files: 10_000, bound: 1.15, server: false) with { Pairs = 20 };
        yield return Targets(sandbox);
        yield return Solution(sandbox);
        yield return OneOfMany(sandbox);
        yield return Revert(sandbox);
    }

    private static Measure OneProject(Sandbox sandbox, string name, int files, double bound, bool server)
    {
        string adapter = $"files{files}", empty = "empty";
        return new Measure(name, "ms", "<=", bound,
            () => sandbox.Dotnet(sandbox.PathOf(adapter), NoOp, server),
            () => sandbox.Dotnet(sandbox.PathOf(empty), NoOp, server))
        {
            Prepare = () =>
            {
                ManyProjects.WriteAdapter(sandbox, adapter, files);
                ManyProjects.WriteEmpty(sandbox, empty);
                Settle(sandbox, server, adapter, empty);
            },
        };
    }

    /// <summary>What our targets take of a build with nothing to do, by MSBuild's own account, against a limit of 40 ms.</summary>
    private static Measure Targets(Sandbox sandbox)
    {
        string adapter = "files100";
        return new Measure("identity/noop-targets", "ms", "<=", 1, () => OurTargets(sandbox.Run(sandbox.PathOf(adapter), NoOp + " -tl:off -clp:PerformanceSummary").Output), () => 40)
        {
            Pairs = 10,
            Prepare = () =>
            {
                ManyProjects.WriteAdapter(sandbox, adapter, files: 100);
                Settle(sandbox, server: false, adapter);
            },
        };
    }

    private static double OurTargets(string output)
    {
        string targets = output[output.IndexOf("Target Performance Summary:", StringComparison.Ordinal)..output.IndexOf("Task Performance Summary:", StringComparison.Ordinal)];
        MatchCollection ours = OurTarget().Matches(targets);
        return ours.Count > 0 ? ours.Sum(m => double.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture)) : throw new InvalidOperationException($"no target of ours ran:\n{output}");
    }

    [GeneratedRegex(@"^ *(\d+) ms +_?ModelOps\w+ ", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex OurTarget();

    /// <summary>A solution of 100 adapters against one of 100 empty projects.</summary>
    private static Measure Solution(Sandbox sandbox) => new("identity/noop100", "ms", "<=", 1.15,
        () => sandbox.Dotnet(sandbox.PathOf("adapters"), NoOp),
        () => sandbox.Dotnet(sandbox.PathOf("empties"), NoOp))
    {
        Prepare = () =>
        {
            WriteSolution(sandbox, "adapters", (folder) => ManyProjects.WriteAdapter(sandbox, folder, files: 1));
            WriteSolution(sandbox, "empties", (folder) => ManyProjects.WriteEmpty(sandbox, folder));
            Settle(sandbox, server: false, "adapters", "empties");
        },
    };

    /// <summary>One of the 100 changed, against its own build and the solution's no-op, one after the other.</summary>
    private static Measure OneOfMany(Sandbox sandbox)
    {
        bool edited = false;
        void Toggle() => ManyProjects.Edit(sandbox, "adapters/P007", edited = !edited);
        return new Measure("identity/one-of-100", "ms", "<=", 1.0,
            () =>
            {
                Toggle();
                return sandbox.Dotnet(sandbox.PathOf("adapters"), NoOp);
            },
            () =>
            {
                Toggle();
                return sandbox.Dotnet(sandbox.PathOf("adapters", "P007"), NoOp) + sandbox.Dotnet(sandbox.PathOf("adapters"), NoOp);
            })
        {
            Pairs = 5,
            Prepare = () =>
            {
                WriteSolution(sandbox, "adapters", (folder) => ManyProjects.WriteAdapter(sandbox, folder, files: 1));
                Settle(sandbox, server: false, "adapters");
            },
        };
    }

    /// <summary>An edit that goes back to what was trained before, against a build with nothing to do.</summary>
    private static Measure Revert(Sandbox sandbox)
    {
        bool edited = false;
        string adapter = "files100";
        double Toggle()
        {
            ManyProjects.Edit(sandbox, adapter, edited = !edited);
            return sandbox.Dotnet(sandbox.PathOf(adapter), NoOp);
        }

        return new Measure("identity/revert", "ms", "<=", 1.5, Toggle, () => sandbox.Dotnet(sandbox.PathOf(adapter), NoOp))
        {
            Pairs = 10,
            Prepare = () =>
            {
                ManyProjects.WriteAdapter(sandbox, adapter, files: 100);
                Settle(sandbox, server: false, adapter);
                Toggle(); // Both results are in the store from here on.
                Toggle();
            },
        };
    }

    private static void WriteSolution(Sandbox sandbox, string folder, Action<string> writeProject)
    {
        string[] names = [.. Enumerable.Range(0, Projects).Select(i => "P" + i.ToString("D3", CultureInfo.InvariantCulture))];
        Array.ForEach(names, name => writeProject($"{folder}/{name}"));
        string projects = string.Join("\n", names.Select(name => $"""  <Project Path="{name}/{name}.csproj" />"""));
        sandbox.Write($"{folder}/all.slnx", $"<Solution>\n{projects}\n</Solution>\n");
    }

    /// <summary>Restores and builds until there is nothing to do, and no file is young enough to be looked at twice.</summary>
    private static void Settle(Sandbox sandbox, bool server, params string[] folders)
    {
        foreach (string folder in folders)
        {
            sandbox.Dotnet(sandbox.PathOf(folder), "build -v quiet", server);
        }

        Thread.Sleep(TimeSpan.FromSeconds(3));
        foreach (string folder in folders)
        {
            sandbox.Dotnet(sandbox.PathOf(folder), NoOp, server);
            sandbox.Dotnet(sandbox.PathOf(folder), NoOp, server);
        }
    }
}
