using ModelOps.Pipeline.Configuration;

namespace ModelOps.Build.Tasks.Tests.Edits;

/// <summary>What takes a label away from the callers of the last release is no minor version.</summary>
public sealed class VersionRuleTests
{
    [Fact]
    public void A_lost_label_demands_a_major_version()
    {
        using EditProject project = Projects.Triage();
        Assert.True(project.Build().Succeeded);
        Copy(project.Files.PackageContent, project["restored/contoso.triage/1.0.0"]);
        project.Subjects.Add((Names.GateAgainst, "Contoso.Triage", new() { ["Version"] = "1.0.0" }));

        // Nobody learns "setup" any more, and nobody is asked about it.
        foreach (string file in (string[])["Triage/data/train/a.jsonl", "Triage/data/eval/a.jsonl"])
        {
            project.Change(file, text => string.Concat(text.Split('\n').Where(line => line.Length > 0 && !line.Contains("setup", StringComparison.Ordinal)).Select(line => line + "\n")));
        }

        project.Pack["PackageVersion"] = "1.1.0";
        BuildTrace minor = project.Build();
        project.Pack["PackageVersion"] = "2.0.0";
        BuildTrace major = project.Build();

        Assert.False(minor.Succeeded);
        Assert.Contains("error MOPS5168: Version 1.1.0 breaks the callers of 1.0.0: the label 'setup' is gone.", minor.Log, StringComparison.Ordinal);
        Assert.True(major.Succeeded, major.Log);
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
