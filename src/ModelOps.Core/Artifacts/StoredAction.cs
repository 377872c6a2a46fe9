using System.Text;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Artifacts;

/// <summary>A file of a stored result.</summary>
/// <param name="Path">Relative, with forward slashes; never leads out of the folder.</param>
/// <param name="Size">Bytes.</param>
public sealed record StoredFile(string Path, Digest Digest, long Size);

/// <summary>What <c>actions/&lt;key&gt;.json</c> says: the result of one action, file by file; see <c>docs/formats/store.md</c>.</summary>
/// <param name="Paid">It cost money to make.</param>
public sealed record StoredAction(ActionKey Key, string Stage, KeyFields Fields, IReadOnlyList<StoredFile> Files, bool Paid = false)
{
    public const int Format = 1;

    /// <summary>Canonical JSON and a final newline.</summary>
    public byte[] ToBytes() =>
    [
        .. new KeyFields()
            .Add("fields", Fields)
            .Add("files", Files.Select(f => new KeyFields().Add("digest", f.Digest).Add("path", f.Path).Add("size", f.Size)))
            .Add("format", Format)
            .Add("key", Key)
            .Add("paid", Paid)
            .Add("stage", Stage)
            .ToCanonicalJson(),
        (byte)'\n',
    ];

    /// <exception cref="FormatException">No record of this format.</exception>
    /// <exception cref="JsonProblemException">No JSON.</exception>
    public static StoredAction Parse(ReadOnlyMemory<byte> utf8)
    {
        JsonItem root = JsonTree.Parse(utf8).Root;
        if (root.Integer("format") != Format)
        {
            throw new FormatException($"its format is not {Format}; another version wrote it");
        }

        FingerprintFile fingerprint = FingerprintFile.Of(root.Text("stage"), KeyFields.From(root.Member("fields", JsonKind.Object)));
        if (fingerprint.Key.ToString() != root.Text("key"))
        {
            throw new FormatException("its key does not belong to its fields");
        }

        StoredFile[] files = [.. root.Member("files", JsonKind.Array).Items().Select(ParseFile)];
        bool paid = root.TryGet("paid", out JsonItem value) && value.Kind == JsonKind.True;
        return new StoredAction(fingerprint.Key, fingerprint.Stage, fingerprint.Fields, files, paid);
    }

    private static StoredFile ParseFile(JsonItem item)
    {
        string path = item.Text("path");
        bool inside = path.Split('/').All(p => p is not ("" or "." or "..")) && !path.Contains('\\', StringComparison.Ordinal) && !path.Contains(':', StringComparison.Ordinal);
        return inside
            ? new StoredFile(path, Digest.Parse(item.Text("digest")), item.Integer("size"))
            : throw new FormatException("the path of a file leads out of its folder");
    }
}
