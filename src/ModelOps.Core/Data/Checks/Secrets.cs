using System.Text.RegularExpressions;

namespace ModelOps.Core.Data;

/// <summary>Keys and tokens whose form leaves no doubt: what their issuers gave a prefix so that it can be found.</summary>
internal static partial class Secrets
{
    private static readonly (Regex Pattern, string Name)[] s_kinds =
    [
        (PrivateKey(), "private key"), (Aws(), "AWS access key"), (GitHub(), "GitHub token"), (GitLab(), "GitLab token"), (ModelProvider(), "API key of a model provider"),
        (HuggingFace(), "Hugging Face token"), (Google(), "Google API key"), (Slack(), "Slack token"), (Stripe(), "Stripe key"), (Registry(), "package registry token"),
        (WebToken(), "JSON web token"), (AccountKey(), "storage account key"),
    ];

    /// <summary>The first secret and what it is; null when there is none.</summary>
    public static (int At, string Name)? Find(string text)
    {
        (int At, string Name)? first = null;
        foreach ((Regex pattern, string name) in s_kinds)
        {
            foreach (ValueMatch match in pattern.EnumerateMatches(text))
            {
                if (first is null || match.Index < first.Value.At)
                {
                    first = (match.Index, name);
                }

                break;
            }
        }

        return first;
    }

    [GeneratedRegex("-----BEGIN (?:[A-Z]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----")]
    private static partial Regex PrivateKey();

    [GeneratedRegex(@"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])")]
    private static partial Regex Aws();

    [GeneratedRegex(@"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})")]
    private static partial Regex GitHub();

    [GeneratedRegex(@"(?<![A-Za-z0-9])glpat-[A-Za-z0-9_-]{20,}")]
    private static partial Regex GitLab();

    [GeneratedRegex(@"(?<![A-Za-z0-9-])sk-(?:(?:proj|svcacct|admin|ant)-[A-Za-z0-9_-]{24,}|[A-Za-z0-9]{32,})")]
    private static partial Regex ModelProvider();

    [GeneratedRegex(@"(?<![A-Za-z0-9])hf_[A-Za-z]{34}(?![A-Za-z0-9])")]
    private static partial Regex HuggingFace();

    [GeneratedRegex(@"(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])")]
    private static partial Regex Google();

    [GeneratedRegex(@"(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{20,}")]
    private static partial Regex Slack();

    [GeneratedRegex(@"(?<![A-Za-z0-9])[rs]k_live_[A-Za-z0-9]{20,}")]
    private static partial Regex Stripe();

    [GeneratedRegex(@"(?<![A-Za-z0-9])(?:npm_[A-Za-z0-9]{36}|oy2[a-z0-9]{43}|pypi-AgEIcHlwaS[A-Za-z0-9_-]{50,})")]
    private static partial Regex Registry();

    [GeneratedRegex(@"(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}")]
    private static partial Regex WebToken();

    [GeneratedRegex(@"AccountKey=[A-Za-z0-9+/]{60,}={0,2}")]
    private static partial Regex AccountKey();
}
