using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Fingerprinting;

/// <summary>A key with the fields that it was made of: <c>fingerprint.json</c>, specified in <c>docs/formats/fingerprint.md</c>.</summary>
public sealed record FingerprintFile(string Stage, ActionKey Key, KeyFields Fields)
{
    public const int Format = 1;

    public static FingerprintFile Of(string stage, KeyFields fields) => new(stage, fields.ToKey(stage), fields);

    /// <summary>Canonical JSON and a final newline.</summary>
    public byte[] ToBytes() =>
    [
        .. new KeyFields().Add("fields", Fields).Add("format", Format).Add("key", Key).Add("stage", Stage).ToCanonicalJson(),
        (byte)'\n',
    ];

    /// <summary>Leaves a file with the same content alone; true when it was written.</summary>
    public bool Write(string path) => AtomicFile.WriteIfDifferent(path, ToBytes());

    /// <summary>Null when there is no file, or when it cannot be used; then <paramref name="problem"/> is a warning and the caller goes on as if there were none.</summary>
    public static FingerprintFile? TryRead(string path, out Diagnostic? problem)
    {
        problem = null;
        try
        {
            return File.Exists(path) ? Parse(File.ReadAllBytes(path)) : null;
        }
        catch (Exception e) when (e is JsonProblemException or FormatException or IOException or UnauthorizedAccessException)
        {
            problem = FingerprintErrors.FingerprintUnusable(new SourceLocation(path), ForeignText.Clean(e.Message));
            return null;
        }
    }

    /// <exception cref="FormatException">The text is no fingerprint of this format, or its key does not belong to its fields.</exception>
    /// <exception cref="JsonProblemException">The text is no JSON.</exception>
    public static FingerprintFile Parse(ReadOnlyMemory<byte> utf8)
    {
        JsonItem root = JsonTree.Parse(utf8).Root;
        if (root.Integer("format") != Format)
        {
            throw new FormatException($"its format is not {Format}; another version wrote it");
        }

        FingerprintFile file = Of(root.Text("stage"), KeyFields.From(root.Member("fields", JsonKind.Object)));
        return file.Key.ToString() == root.Text("key") ? file : throw new FormatException("its key does not belong to its fields");
    }
}
