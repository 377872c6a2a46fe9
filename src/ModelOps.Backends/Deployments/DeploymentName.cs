using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ModelOps.Core.Artifacts;

namespace ModelOps.Backends.Deployments;

/// <summary>
/// The names of our deployments, 42 characters of <c>a-z0-9-</c>: <c>modelops-eval-&lt;model&gt;-&lt;seconds since 1970&gt;-&lt;chance&gt;</c>. By them a leftover is found that no
/// store remembers, and told from one that somebody uses.
/// </summary>
public static class DeploymentName
{
    public const string Prefix = "modelops-eval-";

    public static string Make(string model, DateTimeOffset now) => string.Create(CultureInfo.InvariantCulture,
        $"{Prefix}{Digest.Of(Encoding.UTF8.GetBytes(model)).Hex[..8]}-{now.ToUnixTimeSeconds()}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}");

    /// <summary>When it was asked for; null for a name that is not ours.</summary>
    public static DateTimeOffset? MadeAt(string name)
        => name.StartsWith(Prefix, StringComparison.Ordinal) && name[Prefix.Length..].Split('-') is [{ Length: 8 }, { Length: >= 10 and <= 11 } seconds, { Length: 8 }]
            && long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out long since) ? DateTimeOffset.FromUnixTimeSeconds(since) : null;
}
