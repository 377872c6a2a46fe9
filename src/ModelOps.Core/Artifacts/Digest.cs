using System.Security.Cryptography;

namespace ModelOps.Core.Artifacts;

/// <summary>A SHA-256 digest in the form <c>sha256:</c> and 64 lower-case hexadecimal digits; validated on construction.</summary>
public readonly record struct Digest : IComparable<Digest>
{
    private const string Prefix = "sha256:";
    private readonly string? _value;

    private Digest(string value) => _value = value;

    /// <summary>The 64 hexadecimal digits.</summary>
    public string Hex => Value[Prefix.Length..];

    private string Value => _value ?? throw new InvalidOperationException("The digest was never set.");

    public static Digest Of(ReadOnlySpan<byte> bytes) => FromBytes(SHA256.HashData(bytes));

    public static Digest Of(Stream stream) => FromBytes(SHA256.HashData(stream));

    public static Digest OfFile(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        return Of(stream);
    }

    public static Digest FromBytes(ReadOnlySpan<byte> hash)
    {
        if (hash.Length != SHA256.HashSizeInBytes)
        {
            throw new ArgumentException($"A SHA-256 hash has {SHA256.HashSizeInBytes} bytes, not {hash.Length}.", nameof(hash));
        }

        return new Digest(Prefix + Convert.ToHexStringLower(hash));
    }

    public static Digest Parse(string text)
        => TryParse(text, out Digest digest) ? digest : throw new FormatException($"'{text}' is no digest; expected 'sha256:' and 64 lower-case hexadecimal digits.");

    public static bool TryParse(string? text, out Digest digest)
    {
        bool valid = text is not null && text.Length == Prefix.Length + 64 && text.StartsWith(Prefix, StringComparison.Ordinal)
            && text.AsSpan(Prefix.Length).IndexOfAnyExceptInRange('0', 'f') < 0
            && text.AsSpan(Prefix.Length).IndexOfAnyInRange(':', '`') < 0;
        digest = valid ? new Digest(text!) : default;
        return valid;
    }

    public int CompareTo(Digest other) => string.CompareOrdinal(_value, other._value);

    public override string ToString() => Value;

    public static bool operator <(Digest left, Digest right) => left.CompareTo(right) < 0;

    public static bool operator >(Digest left, Digest right) => left.CompareTo(right) > 0;

    public static bool operator <=(Digest left, Digest right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Digest left, Digest right) => left.CompareTo(right) >= 0;
}
