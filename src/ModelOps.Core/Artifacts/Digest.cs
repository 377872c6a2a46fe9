using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ModelOps.Core.Artifacts;

/// <summary>A SHA-256 digest, written <c>sha256:</c> and 64 lower-case hexadecimal digits; validated on construction.</summary>
public readonly record struct Digest : IComparable<Digest>
{
    /// <summary>Characters of the written form.</summary>
    public const int TextLength = 7 + 64;

    private const string Prefix = "sha256:";

    // The hash's bytes as big-endian numbers: value equality and order without an allocation per digest.
    private readonly ulong _a;
    private readonly ulong _b;
    private readonly ulong _c;
    private readonly ulong _d;

    private Digest(ReadOnlySpan<byte> hash)
    {
        _a = BinaryPrimitives.ReadUInt64BigEndian(hash);
        _b = BinaryPrimitives.ReadUInt64BigEndian(hash[8..]);
        _c = BinaryPrimitives.ReadUInt64BigEndian(hash[16..]);
        _d = BinaryPrimitives.ReadUInt64BigEndian(hash[24..]);
    }

    /// <summary>The 64 hexadecimal digits.</summary>
    public string Hex
    {
        get
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            CopyTo(hash);
            return Convert.ToHexStringLower(hash);
        }
    }

    public static Digest Of(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return new Digest(hash);
    }

    public static Digest Of(Stream stream) => FromBytes(SHA256.HashData(stream));

    public static Digest OfFile(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        return Of(stream);
    }

    public static Digest FromBytes(ReadOnlySpan<byte> hash)
        => hash.Length == SHA256.HashSizeInBytes
            ? new Digest(hash)
            : throw new ArgumentException($"A SHA-256 hash has {SHA256.HashSizeInBytes} bytes, not {hash.Length}.", nameof(hash));

    public static Digest Parse(string text)
        => TryParse(text, out Digest digest) ? digest : throw new FormatException($"'{text}' is no digest; expected 'sha256:' and 64 lower-case hexadecimal digits.");

    public static bool TryParse(string? text, out Digest digest)
    {
        bool valid = text is not null && text.Length == TextLength && text.StartsWith(Prefix, StringComparison.Ordinal)
            && text.AsSpan(Prefix.Length).IndexOfAnyExceptInRange('0', 'f') < 0
            && text.AsSpan(Prefix.Length).IndexOfAnyInRange(':', '`') < 0;
        digest = valid ? new Digest(Convert.FromHexString(text!.AsSpan(Prefix.Length))) : default;
        return valid;
    }

    /// <summary>Writes the text form into <see cref="TextLength"/> bytes of ASCII.</summary>
    public void Format(Span<byte> ascii)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        CopyTo(hash);
        "sha256:"u8.CopyTo(ascii);
        Convert.TryToHexStringLower(hash, ascii[Prefix.Length..], out _);
    }

    public int CompareTo(Digest other) => (_a, _b, _c, _d).CompareTo((other._a, other._b, other._c, other._d));

    public override string ToString() => Prefix + Hex;

    public static bool operator <(Digest left, Digest right) => left.CompareTo(right) < 0;

    public static bool operator >(Digest left, Digest right) => left.CompareTo(right) > 0;

    public static bool operator <=(Digest left, Digest right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Digest left, Digest right) => left.CompareTo(right) >= 0;

    // A digest that was never computed must not be taken for one.
    private void CopyTo(Span<byte> hash)
    {
        if ((_a | _b | _c | _d) == 0)
        {
            throw new InvalidOperationException("The digest was never set.");
        }

        BinaryPrimitives.WriteUInt64BigEndian(hash, _a);
        BinaryPrimitives.WriteUInt64BigEndian(hash[8..], _b);
        BinaryPrimitives.WriteUInt64BigEndian(hash[16..], _c);
        BinaryPrimitives.WriteUInt64BigEndian(hash[24..], _d);
    }
}
