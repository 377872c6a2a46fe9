using System.Security.Cryptography;
using System.Text;

namespace ModelOps.Serve;

/// <summary>The key that requests must show. Comparing takes the same time whatever they show.</summary>
internal sealed class ApiKey
{
    private const string Scheme = "Bearer ";
    private readonly byte[] _hash;

    public ApiKey(string key) => _hash = Hash(key);

    /// <summary>Null where no variable was named.</summary>
    public static ApiKey? Of(string? variable)
    {
        if (variable is null)
        {
            return null;
        }

        string? key = Environment.GetEnvironmentVariable(variable);
        return key is { Length: >= 16 } && key.All(c => c is > ' ' and <= '~') ? new ApiKey(key) : throw ServeErrors.NoKey(variable);
    }

    public bool Opens(string? authorization)
        => authorization is not null && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(Hash(authorization[Scheme.Length..].Trim()), _hash);

    // Digests are all of one length, so that the key's own length does not show either.
    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
