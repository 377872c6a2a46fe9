using System.Text;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Artifacts;

/// <summary>A file of a stored result.</summary>
/// <param name="Path">Relative, with forward slashes; never leads out of the folder.</param>
/// <param name="Size">Bytes.</param>
public sealed record StoredFile(string Path, Digest Digest, long Size);

/// <summary>What <c>actions/&lt;key&gt;.json</c> says: the result of one action, file by file; see <c>docs/formats/store.md</c>.</summary>
public sealed record StoredAction(ActionKey Key, string Stage, KeyFields Fields, IReadOnlyList<StoredFile> Files)
{
    public const int Format = 1;

    internal byte[] ToBytes() =>
    [
        .. new KeyFields()
            .Add("fields", Fields)
            .Add("files", Files.Select(f => new KeyFields().Add("digest", f.Digest).Add("path", f.Path).Add("size", f.Size)))
            .Add("format", Format)
            .Add("key", Key)
            .Add("stage", Stage)
            .ToCanonicalJson(),
        (byte)'\n',
    ];

    /// <exception cref="FormatException">No record of this format.</exception>
    /// <exception cref="JsonProblemException">No JSON.</exception>
    internal static StoredAction Parse(ReadOnlyMemory<byte> utf8)
    {
        JsonItem root = JsonTree.Parse(utf8).Root;
        if (!root.TryGet("format", out JsonItem format) || !format.TryGetInt64(out long version) || version != Format)
        {
            throw new FormatException($"the format is not {Format}");
        }

        FingerprintFile fingerprint = FingerprintFile.Of(Text(root, "stage"), KeyFields.From(Member(root, "fields", JsonKind.Object)));
        if (fingerprint.Key.ToString() != Text(root, "key"))
        {
            throw new FormatException("its key does not belong to its fields");
        }

        StoredFile[] files = [.. Member(root, "files", JsonKind.Array).Items().Select(ParseFile)];
        return new StoredAction(fingerprint.Key, fingerprint.Stage, fingerprint.Fields, files);
    }

    private static StoredFile ParseFile(JsonItem item)
    {
        string path = Text(item, "path");
        bool inside = path.Split('/').All(p => p is not ("" or "." or "..")) && !path.Contains('\\', StringComparison.Ordinal) && !path.Contains(':', StringComparison.Ordinal);
        return inside && Digest.TryParse(Text(item, "digest"), out Digest digest) && Member(item, "size", JsonKind.Number).TryGetInt64(out long size)
            ? new StoredFile(path, digest, size)
            : throw new FormatException("a file has no usable path, digest or size");
    }

    private static string Text(JsonItem item, string name) => Member(item, name, JsonKind.String).GetString();

    private static JsonItem Member(JsonItem item, string name, JsonKind kind)
        => item.TryGet(name, out JsonItem value) && value.Kind == kind ? value : throw new FormatException($"'{name}' is missing");
}
