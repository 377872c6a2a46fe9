using System.Security.Cryptography;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Sharing;

/// <summary>How far a result from a feed is believed.</summary>
internal enum Trust
{
    /// <summary>Anybody who can write to the feed may have made it.</summary>
    Unsigned,

    Trusted,

    /// <summary>It names a trusted key and is not signed by it.</summary>
    Forged,
}

/// <summary>ECDSA P-256 keys: private ones from the environment, public ones from files.</summary>
internal static class SigningKeys
{
    private const string Curve = "1.2.840.10045.3.1.7";

    public static string IdOf(ECDsa key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    /// <summary>Null when the project signs nothing.</summary>
    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS2134</c></exception>
    public static ECDsa? Private(CacheOptions options, string project)
    {
        if (options.SigningKeyVariable.Length == 0)
        {
            return null;
        }

        string what = $"the environment variable '{options.SigningKeyVariable}'";
        string pem = options.Environment(options.SigningKeyVariable) is { Length: > 0 } text
            ? text : throw CacheErrors.BadKey(Names.ModelOpsCacheSigningKey, what, "it is empty.", project);
        ECDsa key = Import(pem, Names.ModelOpsCacheSigningKey, what, project);
        try
        {
            key.SignData([], HashAlgorithmName.SHA256);
            return key;
        }
        catch (CryptographicException)
        {
            key.Dispose();
            throw CacheErrors.BadKey(Names.ModelOpsCacheSigningKey, what, "it is a public key.", project);
        }
    }

    /// <summary>By id.</summary>
    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS2134</c></exception>
    public static IReadOnlyDictionary<string, ECDsa> Public(CacheOptions options, ProjectInputs inputs)
    {
        var keys = new Dictionary<string, ECDsa>(StringComparer.Ordinal);
        foreach (string file in options.TrustedKeys.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string pem;
            try
            {
                pem = File.ReadAllText(Path.GetFullPath(file, inputs.ProjectDirectory));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw CacheErrors.BadKey(Names.ModelOpsCacheTrustedKeys, file, e.Message, inputs.ProjectFile);
            }

            ECDsa key = Import(pem, Names.ModelOpsCacheTrustedKeys, file, inputs.ProjectFile);
            keys[IdOf(key)] = key;
        }

        return keys;
    }

    public static Trust Judge(ActionEnvelope envelope, IReadOnlyDictionary<string, ECDsa> trusted)
    {
        bool named = false;
        foreach (EnvelopeSignature signature in envelope.Signatures)
        {
            if (trusted.TryGetValue(signature.Keyid, out ECDsa? key))
            {
                named = true;
                if (envelope.IsBy(key, signature))
                {
                    return Trust.Trusted;
                }
            }
        }

        return named ? Trust.Forged : Trust.Unsigned;
    }

    private static ECDsa Import(string pem, string property, string what, string project)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            return key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == Curve ? key : throw new CryptographicException("it is of another curve.");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw CacheErrors.BadKey(property, what, e.Message, project);
        }
    }
}
