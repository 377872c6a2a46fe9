using System.Collections.Concurrent;
using System.Globalization;

namespace ModelOps.Build.Tasks.Tests.Edits;

/// <summary>An edit played once: build, edit, plan, build, the same from scratch, build again. All tests look at the one run.</summary>
internal sealed record EditRun(BuildTrace First, Effect Planned, string PlanSaid, bool PlanWrote, BuildTrace Second, string? Wrong, BuildTrace Third)
{
    private static readonly ConcurrentDictionary<string, Lazy<EditRun>> s_runs = new(StringComparer.Ordinal);

    public static EditRun Of(Edit edit) => s_runs.GetOrAdd(edit.Name, _ => new Lazy<EditRun>(() => Play(edit))).Value;

    private static EditRun Play(Edit edit)
    {
        using var surroundings = new Surroundings();
        using EditProject project = edit.Start();
        BuildTrace first = project.Build();
        edit.Apply(project);
        string files = project.Snapshot();
        (Effect planned, string said) = project.Plan();
        bool wrote = files != project.Snapshot();
        BuildTrace second = project.Build();
        using EditProject fresh = project.Fresh();
        fresh.Build(pack: false);
        string? wrong = Results.Difference(fresh, project);
        project.Settings[Pipeline.Configuration.Names.ModelOpsForce] = "false";
        return new EditRun(first, planned, said, wrote, second, wrong, project.Build());
    }

    /// <summary>Puts back what an edit of the surroundings changed.</summary>
    private sealed class Surroundings : IDisposable
    {
        private readonly CultureInfo _culture = CultureInfo.CurrentCulture;
        private readonly string? _zone = Environment.GetEnvironmentVariable("TZ"), _user = Environment.GetEnvironmentVariable("USER");

        public void Dispose()
        {
            CultureInfo.CurrentCulture = _culture;
            Environment.SetEnvironmentVariable("TZ", _zone);
            Environment.SetEnvironmentVariable("USER", _user);
            TimeZoneInfo.ClearCachedData();
        }
    }
}

/// <summary>What a build leaves that others rely on, byte by byte.</summary>
internal static class Results
{
    /// <summary>The first file that differs, and how; null when none does.</summary>
    public static string? Difference(EditProject expected, EditProject actual)
    {
        foreach (string name in Files(expected))
        {
            string left = Read(expected, name), right = Read(actual, name);
            if (left != right)
            {
                int at = left.Zip(right).TakeWhile(c => c.First == c.Second).Count();
                return $"{name} from scratch: {Around(left, at)} here: {Around(right, at)}";
            }
        }

        return null;
    }

    /// <summary>Relative to <c>obj/modelops</c>.</summary>
    private static IEnumerable<string> Files(EditProject project)
        => ["fingerprint.json", "eval.json", "verdict.json", .. Directory.GetFiles(project.Files.Adapter).Select(f => Path.GetRelativePath(project.Files.Directory, f)).Order(StringComparer.Ordinal)];

    private static string Read(EditProject project, string name)
        => Path.Combine(project.Files.Directory, name) is var path && File.Exists(path) ? File.ReadAllText(path) : "(absent)";

    private static string Around(string text, int at) => text.Substring(Math.Max(0, at - 60), Math.Min(120, text.Length - Math.Max(0, at - 60)));
}
