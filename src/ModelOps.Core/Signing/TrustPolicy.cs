using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Lineage;

namespace ModelOps.Core.Signing;

/// <summary>What <c>ModelOpsTrust</c> says.</summary>
public enum TrustMode
{
    /// <summary>Nobody asks who signed.</summary>
    Off,

    /// <summary>What the policy refuses is a warning.</summary>
    Warn,

    /// <summary>What the policy refuses is an error.</summary>
    Require,
}

/// <summary>Whom and what a consumer of model packages trusts: <c>modelops.trust.json</c>, format <c>docs/formats/trust-policy.md</c>.</summary>
public sealed class TrustPolicy : IDisposable
{
    public const int CurrentFormat = 1;

    /// <summary>Looked for beside the project and in the folders above it.</summary>
    public const string FileName = "modelops.trust.json";

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        PropertyNameCaseInsensitive = false,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    private static readonly Dictionary<string, string> s_statements = new(StringComparer.Ordinal)
    {
        ["release"] = ReleaseStatement.PredicateType,
        ["provenance"] = ProvenanceStatement.PredicateType,
        ["evaluation"] = EvaluationStatement.PredicateType,
    };

    private readonly Dictionary<string, SigningKey> _keys;

    private TrustPolicy(string path, Dictionary<string, SigningKey> keys, Wire wire)
    {
        _keys = keys;
        KeyFiles = [.. wire.TrustedKeys!.Select(file => KeyFile(path, file))];
        RequiredStatements = wire.RequiredStatements ?? [.. s_statements.Keys];
        RequiredVerdicts = wire.RequiredVerdicts ?? ["passed"];
        AllowedLicenses = wire.AllowedLicenses;
        AllowedBases = wire.AllowedBases;
    }

    /// <summary>By id.</summary>
    public IReadOnlyDictionary<string, SigningKey> Keys => _keys;

    /// <summary>Where the keys came from, absolute.</summary>
    public IReadOnlyList<string> KeyFiles { get; }

    /// <summary>Of <c>release</c>, <c>provenance</c> and <c>evaluation</c>; a release is always asked for, because it covers the files.</summary>
    public IReadOnlyList<string> RequiredStatements { get; }

    /// <summary>Verdicts that a model may have: <c>passed</c>, <c>inconclusive</c>, <c>off</c>.</summary>
    public IReadOnlyList<string> RequiredVerdicts { get; }

    /// <summary>SPDX identifiers, or digests of licence files; null: any.</summary>
    public IReadOnlyList<string>? AllowedLicenses { get; }

    /// <summary>Package ids or identities (<c>sha256:…</c>) of base models; null: any.</summary>
    public IReadOnlyList<string>? AllowedBases { get; }

    public static string PredicateTypeOf(string statement) => s_statements[statement];

    /// <summary>The word for a predicate type; the type itself where there is none.</summary>
    public static string NameOf(string predicateType) => s_statements.FirstOrDefault(s => s.Value == predicateType).Key ?? predicateType;

    /// <exception cref="DiagnosticException"><c>MOPS6118</c>: the file cannot be used; <c>MOPS6100</c>: a key of it cannot.</exception>
    public static TrustPolicy Read(string path)
    {
        Wire wire;
        try
        {
            byte[] bytes = File.ReadAllBytes(path);
            wire = Utf8.IsValid(bytes) ? JsonSerializer.Deserialize<Wire>(bytes, s_json) ?? throw new JsonException("it holds null") : throw new JsonException("it is no UTF-8");
        }
        catch (JsonException e)
        {
            var at = new SourceLocation(path, (int)(e.LineNumber + 1 ?? 0), (int)(e.BytePositionInLine + 1 ?? 0));
            throw new DiagnosticException(TrustErrors.BadPolicy(at, e.Message), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(TrustErrors.BadPolicy(new SourceLocation(path), e.Message), e);
        }

        return wire.Problem(s_statements.Keys) is { } problem
            ? throw new DiagnosticException(TrustErrors.BadPolicy(new SourceLocation(path), problem)) : new TrustPolicy(path, ReadKeys(path, wire.TrustedKeys!), wire);
    }

    public void Dispose()
    {
        foreach (SigningKey key in _keys.Values)
        {
            key.Dispose();
        }
    }

    private static Dictionary<string, SigningKey> ReadKeys(string policy, string[] files)
    {
        var keys = new Dictionary<string, SigningKey>(StringComparer.Ordinal);
        foreach (string file in files)
        {
            string path = KeyFile(policy, file);
            try
            {
                SigningKey key = SigningKey.Import(File.ReadAllText(path));
                keys[key.Id] = key;
            }
            catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
            {
                throw new DiagnosticException(TrustErrors.BadKey(path, e.Message), e);
            }
        }

        return keys;
    }

    private static string KeyFile(string policy, string file) => Path.GetFullPath(file, Path.GetDirectoryName(Path.GetFullPath(policy))!);

    private sealed record Wire(int Format, string[]? TrustedKeys, string[]? RequiredStatements, string[]? RequiredVerdicts, string[]? AllowedLicenses, string[]? AllowedBases)
    {
        private static readonly string[] s_verdicts = ["passed", "inconclusive", "off"];

        public string? Problem(IReadOnlyCollection<string> statements)
            => Format != CurrentFormat ? $"'format' is {Format}; this version reads {CurrentFormat}"
                : TrustedKeys is not { Length: > 0 } ? "'trustedKeys' names no file with a public key"
                : Unknown(RequiredStatements, statements) is { } statement ? $"'requiredStatements' has '{statement}'; expected {string.Join(", ", statements)}"
                : Unknown(RequiredVerdicts, s_verdicts) is { } verdict ? $"'requiredVerdicts' has '{verdict}'; expected {string.Join(", ", s_verdicts)}" : null;

        private static string? Unknown(string[]? given, IReadOnlyCollection<string> known) => given?.FirstOrDefault(g => !known.Contains(g));
    }
}
