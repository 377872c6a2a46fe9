using System.CommandLine;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Pipeline.Packages;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops lineage</c>: where a package came from, as a tree.</summary>
internal static class LineageVerb
{
    public static Command Create(Terminal terminal)
    {
        var options = new PackageOptions(atMost: 1);
        Command command = options.AddTo(new Command("lineage", "Where a package came from: base model, data, commit, tools, and the packages behind it. 'verify' checks it."));
        command.SetAction(result =>
        {
            using var package = ModelPackage.Open(options.Packages(result)[0]);
            LineageNode tree = LineageTree.Of(package);
            if (options.Json(result))
            {
                terminal.Out.WriteLine(JsonOutput.Of(new { verb = "lineage", package = package.FullPath, lineage = Json(tree) }));
                return ExitCode.Ok;
            }

            Lines(tree, "", "").ToList().ForEach(terminal.Out.WriteLine);
            return ExitCode.Ok;
        });
        return command;
    }

    private static IEnumerable<string> Lines(LineageNode node, string first, string rest)
    {
        string kind = node.Kind == "package" ? "" : node.Kind + " ";
        string facts = string.Join(", ", node.Facts.Select(f => Fact(f.Key, f.Value)));
        yield return $"{first}{kind}{ForeignText.Clean(node.Name)}{(facts.Length > 0 ? "  " + facts : "")}";
        for (int i = 0; i < node.From.Count; i++)
        {
            bool last = i == node.From.Count - 1;
            foreach (string line in Lines(node.From[i], rest + (last ? "└─ " : "├─ "), rest + (last ? "   " : "│  ")))
            {
                yield return line;
            }
        }
    }

    // Enough of a digest for people; JSON has all of it.
    private static string Fact(string name, string value) => name switch
    {
        "rows" => $"{ForeignText.Clean(value)} rows",
        "identity" or "digest" or "provenance" or "trainingKey" when value.Length == Digest.TextLength => $"{(name == "trainingKey" ? "key" : "sha256")} {value["sha256:".Length..][..12]}",
        "charged" or "estimated" => $"{name} {ForeignText.Clean(value, 120)}",
        "price" => $"price {ForeignText.Clean(value, 120)}",
        "keys" => "by " + string.Join(", ", value.Split(", ").Select(key => key[..Math.Min(12, key.Length)])),
        _ => ForeignText.Clean(value, 120),
    };

    private static object Json(LineageNode node) => new { kind = node.Kind, name = node.Name, facts = node.Facts, from = node.From.Select(Json) };
}
