using ModelOps.Core.Signing;
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

/// <summary>The keys of a shared cache: private ones from the environment, public ones from files.</summary>
internal static class SigningKeys
{
    /// <summary>Null when the project signs nothing.</summary>
    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS2134</c></exception>
    public static SigningKey? Private(CacheOptions options, string project)
    {
        if (options.SigningKeyVariable.Length == 0)
        {
            return null;
        }

        string what = $"the environment variable '{options.SigningKeyVariable}'";
        string pem = options.Environment(options.SigningKeyVariable) is { Length: > 0 } text
            ? text : throw CacheErrors.BadKey(Names.ModelOpsCacheSigningKey, what, "it is empty.", project);
        try
        {
            return SigningKey.ImportPrivate(pem);
        }
        catch (FormatException e)
        {
            throw CacheErrors.BadKey(Names.ModelOpsCacheSigningKey, what, e.Message, project);
        }
    }

    /// <summary>By id.</summary>
    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS2134</c></exception>
    public static IReadOnlyDictionary<string, SigningKey> Public(CacheOptions options, ProjectInputs inputs)
    {
        var keys = new Dictionary<string, SigningKey>(StringComparer.Ordinal);
        foreach (string file in options.TrustedKeys.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                SigningKey key = SigningKey.Import(File.ReadAllText(Path.GetFullPath(file, inputs.ProjectDirectory)));
                keys[key.Id] = key;
            }
            catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
            {
                throw CacheErrors.BadKey(Names.ModelOpsCacheTrustedKeys, file, e.Message, inputs.ProjectFile);
            }
        }

        return keys;
    }

    public static Trust Judge(Envelope envelope, IReadOnlyDictionary<string, SigningKey> trusted)
    {
        bool named = false;
        foreach (EnvelopeSignature signature in envelope.Signatures)
        {
            if (trusted.TryGetValue(signature.Keyid, out SigningKey? key))
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
}
