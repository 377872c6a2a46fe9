using ModelOps.Core.Artifacts;

namespace ModelOps.Core.Fingerprinting;

/// <summary>Identity of one action of one stage: SHA-256 of canonical JSON of everything that can change its result, and nothing else.</summary>
public readonly record struct ActionKey(Digest Digest)
{
    /// <summary>The 64 hexadecimal digits; names files.</summary>
    public string Hex => Digest.Hex;

    /// <summary>Enough of the key for people.</summary>
    public string Short => Digest.Hex[..12];

    public static ActionKey Parse(string text) => new(Digest.Parse(text));

    public override string ToString() => Digest.ToString();
}
