using ModelOps.Core.Lineage;

namespace ModelOps.Core.Signing;

/// <summary>A signed statement: the envelope and what is in it.</summary>
public sealed record SignedStatement(Envelope Envelope, Statement Statement);

/// <summary>The signatures of a package, an in-toto bundle: one DSSE envelope a line (<c>docs/formats/signatures.md</c>).</summary>
public sealed record SignatureBundle(IReadOnlyList<SignedStatement> Statements)
{
    /// <summary>Where it lies in a package, added after everything else; a detached one has <see cref="DetachedExtension"/> instead.</summary>
    public const string Path = "signatures/modelops.intoto.jsonl";

    /// <summary>In place of <c>.nupkg</c>.</summary>
    public const string DetachedExtension = ".intoto.jsonl";

    public static SignatureBundle Empty { get; } = new([]);

    public byte[] ToBytes() => [.. Statements.SelectMany(s => s.Envelope.ToBytes().Append((byte)'\n'))];

    /// <summary>Reads exactly what <see cref="ToBytes"/> writes: another spelling of the same content was touched by somebody.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static SignatureBundle Parse(ReadOnlySpan<byte> utf8)
    {
        var statements = new List<SignedStatement>();
        foreach (Range line in utf8.Split((byte)'\n'))
        {
            if (!utf8[line].IsEmpty)
            {
                var envelope = Envelope.Parse(utf8[line], Statement.PayloadType);
                statements.Add(new SignedStatement(envelope, Statement.Parse(envelope.Payload)));
            }
        }

        var bundle = new SignatureBundle(statements);
        return statements.DistinctBy(s => s.Statement.PredicateType).Count() != statements.Count ? throw new FormatException("it has two statements of one kind")
            : bundle.ToBytes().AsSpan().SequenceEqual(utf8) ? bundle : throw new FormatException("it is not spelt as it was written");
    }

    /// <summary>The statement of this type with a signature by <paramref name="key"/> more; other statements stay.</summary>
    public SignatureBundle With(Statement statement, byte[] payload, SigningKey key)
    {
        SignedStatement? present = Statements.FirstOrDefault(s => s.Statement.PredicateType == statement.PredicateType);
        bool same = present is not null && present.Envelope.Payload.AsSpan().SequenceEqual(payload);
        Envelope envelope = same ? present!.Envelope.CoSign(key) : Envelope.Seal(Statement.PayloadType, payload, key);
        return new SignatureBundle([.. Statements.Where(s => s != present), new SignedStatement(envelope, statement)]);
    }
}
