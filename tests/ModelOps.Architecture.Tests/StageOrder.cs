using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace ModelOps.Architecture.Tests;

/// <summary>A stage may use its left neighbours, never what stands to its right.</summary>
public sealed partial class StageOrder
{
    private static readonly string[] s_stages = ["Resolve", "Validate", "Fingerprint", "Train", "Evaluate", "Gate", "Package"];

    /// <summary>Files of the pipeline that belong to a stage besides the one of its name, by file or folder.</summary>
    private static readonly (string Path, string Stage)[] s_parts =
    [
        ("Resolving/", "Resolve"),
        ("Training/TrainingKey.cs", "Fingerprint"),
        ("Training/FingerprintStageErrors.cs", "Fingerprint"),
        ("Training/", "Train"),
        ("Evaluating/GateStageErrors.cs", "Gate"),
        ("Evaluating/", "Evaluate"),
        ("Packaging/", "Package"),
    ];

    [Fact]
    public void No_file_of_a_stage_names_a_type_of_a_later_one()
    {
        var files = ProjectArrows.Sources("ModelOps.Pipeline").Select(path => (Path: Relative(path), Stage: StageOf(Relative(path)), Text: Code(File.ReadAllText(path))))
            .Where(file => file.Stage >= 0).ToList();
        Assert.All(Enumerable.Range(0, s_stages.Length), stage => Assert.Contains(files, file => file.Stage == stage));
        var types = files.SelectMany(file => Declaration().Matches(file.Text).Select(m => (Name: m.Groups[1].Value, file.Stage))).DistinctBy(t => t.Name).ToList();
        Assert.Contains(types, type => type == ("ShippingCheck", 6));

        string[] wrong = [.. files.SelectMany(file => types.Where(type => type.Stage > file.Stage && Names(file.Text, type.Name)).Select(type => $"{file.Path} names {type.Name} of {s_stages[type.Stage]}"))];

        Assert.Empty(wrong);
    }

    [Fact]
    public void No_target_depends_on_a_later_stage()
    {
        for (int stage = 0; stage < s_stages.Length; stage++)
        {
            string path = Path.Combine(SourceTree.Root, "src", "ModelOps.Sdk", "Sdk", "targets", $"ModelOps.{s_stages[stage]}.targets");
            XDocument targets = XDocument.Load(path);
            string depends = targets.Descendants($"ModelOps{s_stages[stage]}DependsOn").Single().Value;
            Assert.All(s_stages[(stage + 1)..], later => Assert.DoesNotContain($"ModelOps{later}", depends, StringComparison.Ordinal));
            Assert.Contains(targets.Descendants("Target"), target => (string?)target.Attribute("Name") == $"ModelOps{s_stages[stage]}");
        }
    }

    private static string Relative(string path) => Path.GetRelativePath(Path.Combine(SourceTree.Root, "src", "ModelOps.Pipeline"), path).Replace('\\', '/');

    private static int StageOf(string file)
    {
        string? part = s_parts.FirstOrDefault(p => file.StartsWith(p.Path, StringComparison.Ordinal)).Stage;
        return Array.IndexOf(s_stages, part ?? Path.GetFileNameWithoutExtension(file));
    }

    // A name after a dot is somebody's member: Names.Gate is the stage's word.
    private static bool Names(string code, string type) => Regex.IsMatch(code, $@"(?<![\w.]){type}(?!\w)(?=\s*[.(<>?\]\s,;])", RegexOptions.CultureInvariant) && UsesAsType(code, type);

    private static bool UsesAsType(string code, string type)
        => Regex.IsMatch(code, $@"(new\s+{type}\b|(?<![\w.]){type}\s*\.\s*[A-Z]|(?<![\w.]){type}(<[^>]*>)?\??\s+_?[a-z]\w*|<{type}[>,\s]|\({type}\)|:\s*{type}\b|is\s+{type}\b|as\s+{type}\b)", RegexOptions.CultureInvariant);

    private static string Code(string text) => Strings().Replace(Comments().Replace(text, ""), "\"\"");

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comments();

    [GeneratedRegex("\"(?:\\\\.|[^\"\\\\\n])*\"")]
    private static partial Regex Strings();

    [GeneratedRegex(@"\b(?:class|record|struct|enum|interface)\s+(?:struct\s+|class\s+)?([A-Z]\w+)")]
    private static partial Regex Declaration();
}
