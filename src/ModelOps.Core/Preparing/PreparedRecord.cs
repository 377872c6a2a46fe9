using ModelOps.Core.Artifacts;

namespace ModelOps.Core.Preparing;

/// <summary>A source as <c>prepared.json</c> has it.</summary>
public sealed record PreparedSource(string Path, string Format, string Weight, string? License, string? Set, int Records, int Rows, IReadOnlyList<string> IgnoredFields);

/// <summary>What a rule dropped.</summary>
/// <param name="Examples">Place and detail, both text of others that was cleaned.</param>
public sealed record PreparedDrops(string Rule, int Rows, IReadOnlyList<(string At, string Detail)> Examples);

/// <summary>What <c>prepared.json</c> says, for reports.</summary>
/// <param name="Settings">Names and values as text.</param>
/// <param name="Sets">Kind, rows, clusters, copies, left out.</param>
public sealed record PreparedRecord(
    IReadOnlyList<(string Name, string Value)> Settings, IReadOnlyList<PreparedSource> Sources, IReadOnlyList<PreparedDrops> Drops,
    IReadOnlyList<(string Kind, int Rows, int Clusters, int Copies, int LeftOut)> Sets)
{
    /// <summary>Null when there is no such file or it is another version's.</summary>
    public static PreparedRecord? TryRead(string path)
    {
        try
        {
            return File.Exists(path) ? Parse(JsonTree.Parse(File.ReadAllBytes(path)).Root) : null;
        }
        catch (Exception e) when (e is JsonProblemException or FormatException or IOException or UnauthorizedAccessException)
        {
            return null; // It only tells; the rows are there without it.
        }
    }

    private static PreparedRecord Parse(JsonItem root) => new(
        [.. root.Member("settings", JsonKind.Object).Members().Where(m => m.Value.Kind is JsonKind.String or JsonKind.Number).Select(m => (m.Name, m.Value.Kind == JsonKind.String ? m.Value.GetString() : System.Text.Encoding.UTF8.GetString(m.Value.Raw)))],
        [.. Items(root, "sources").Select(s => new PreparedSource(
            s.Text("path"), s.Text("format"), s.Text("weight"), TextOrNull(s, "license"), TextOrNull(s, "set"), (int)s.Integer("records"), (int)s.Integer("rows"), [.. Items(s, "ignoredFields").Select(f => f.GetString())]))],
        [.. Items(root, "drops").Select(d => new PreparedDrops(d.Text("rule"), (int)d.Integer("rows"), [.. Items(d, "examples").Select(e => (e.Text("at"), e.Text("detail")))]))],
        [.. Items(root, "sets").Select(s => (s.Text("kind"), (int)s.Integer("rows"), (int)s.Integer("clusters"), (int)s.Integer("copies"), (int)s.Integer("leftOut")))]);

    private static IEnumerable<JsonItem> Items(JsonItem item, string name) => item.Member(name, JsonKind.Array).Items();

    private static string? TextOrNull(JsonItem item, string name) => item.TryGet(name, out JsonItem value) && value.Kind == JsonKind.String ? value.GetString() : null;
}
