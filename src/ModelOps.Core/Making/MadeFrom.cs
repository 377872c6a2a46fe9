using ModelOps.Core.Artifacts;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Making;

/// <summary>A file that rows were made of.</summary>
/// <param name="Name">Without its folder: where it lay says nothing.</param>
public sealed record MadeInput(string Name, Digest Digest)
{
    public static MadeInput Of(string file) => new(Path.GetFileName(file), Digest.OfFile(file));
}

/// <summary>A model that drafted answers.</summary>
/// <param name="Name">What its server calls it.</param>
/// <param name="Answers">Digest of all that it said.</param>
public sealed record MadeModel(string Name, Uri Url, Digest Answers);

/// <summary>
/// Where the rows of a file came from: <c>&lt;file&gt;.provenance.json</c> beside it, without the file's own extension. It holds no path, no time and no text of a row, so the same inputs give the
/// same bytes. <c>docs/making-data.md</c> has its members.
/// </summary>
/// <param name="Kind"><c>logs</c>, <c>pairs</c>, <c>drafts</c> or <c>raft</c>.</param>
/// <param name="Data">Digest of the file as it was written.</param>
public sealed record MadeFrom(string Kind, Digest Data, int Rows)
{
    public const int Format = 1;
    private const string Extension = ".provenance.json";

    public IReadOnlyList<MadeInput> Inputs { get; init; } = [];

    public MadeModel? Model { get; init; }

    /// <summary>What was asked for, as typed values.</summary>
    public KeyFields Settings { get; init; } = new();

    /// <summary>Who reviewed, in ordinal order.</summary>
    public IReadOnlyList<string> Reviewers { get; init; } = [];

    /// <summary>Rows that nobody reviewed.</summary>
    public int Unreviewed { get; init; }

    /// <summary>What no row was made of, by reason.</summary>
    public IReadOnlyDictionary<string, int> PassedOver { get; init; } = new Dictionary<string, int>();

    public static string PathFor(string dataFile) => Path.ChangeExtension(dataFile, null) + Extension;

    /// <summary>Canonical JSON and a final newline.</summary>
    public byte[] ToBytes()
    {
        KeyFields fields = new KeyFields()
            .Add("format", Format)
            .Add("kind", Kind)
            .Add("data", Data)
            .Add("rows", Rows)
            .Add("inputs", Inputs.Select(i => new KeyFields().Add("name", i.Name).Add("digest", i.Digest)))
            .Add("settings", Settings)
            .Add("reviewers", Reviewers)
            .Add("unreviewed", Unreviewed)
            .Add("passedOver", Counts());
        if (Model is { } model)
        {
            fields.Add("model", new KeyFields().Add("name", model.Name).Add("url", model.Url.AbsoluteUri).Add("answers", model.Answers));
        }

        return [.. fields.ToCanonicalJson(), (byte)'\n'];
    }

    /// <summary>What stands beside a data file; null when nothing does. Of the settings nothing is read: they are for people.</summary>
    /// <exception cref="Diagnostics.DiagnosticException"><c>MOPS1145</c>: it cannot be read.</exception>
    public static MadeFrom? TryRead(string dataFile)
    {
        string path = PathFor(dataFile);
        try
        {
            return File.Exists(path) ? Parse(JsonTree.Parse(File.ReadAllBytes(path)).Root) : null;
        }
        catch (Exception e) when (e is JsonProblemException or FormatException or OverflowException or IOException or UnauthorizedAccessException)
        {
            throw MakingErrors.BadProvenance(path, e.Message);
        }
    }

    private KeyFields Counts()
    {
        var counts = new KeyFields();
        foreach ((string reason, int count) in PassedOver)
        {
            counts.Add(reason, count);
        }

        return counts;
    }

    private static MadeFrom Parse(JsonItem root)
    {
        if (root.Integer("format") != Format)
        {
            throw new FormatException($"its format is not {Format}; another version wrote it");
        }

        return new MadeFrom(root.Text("kind"), Digest.Parse(root.Text("data")), checked((int)root.Integer("rows")))
        {
            Inputs = [.. root.Member("inputs", JsonKind.Array).Items().Select(i => new MadeInput(i.Text("name"), Digest.Parse(i.Text("digest"))))],
            Model = root.TryGet("model", out JsonItem model) ? new MadeModel(model.Text("name"), new Uri(model.Text("url")), Digest.Parse(model.Text("answers"))) : null,
            Reviewers = [.. root.Member("reviewers", JsonKind.Array).Items().Select(r => r.Kind == JsonKind.String ? r.GetString() : throw new FormatException("a reviewer is no text"))],
            Unreviewed = checked((int)root.Integer("unreviewed")),
        };
    }
}
