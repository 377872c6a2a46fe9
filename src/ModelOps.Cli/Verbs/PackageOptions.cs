using System.CommandLine;
using System.CommandLine.Parsing;
using ModelOps.Core.Packaging;
using ModelOps.Core.Signing;
using ModelOps.Pipeline.Packages;

namespace ModelOps.Cli.Verbs;

/// <summary>What every verb about packages takes.</summary>
internal sealed class PackageOptions
{
    private readonly Argument<string[]> _packages;

    private readonly Option<bool> _json = new("--json") { Description = "Data as JSON on standard output; everything else goes to standard error." };

    /// <param name="atMost">How many packages the verb takes.</param>
    public PackageOptions(int atMost = 1000)
    {
        _packages = new Argument<string[]>(atMost == 1 ? "package" : "packages")
        {
            Description = "A .nupkg, or the folder of a restored model package.",
            Arity = ArgumentArity.OneOrMore,
        };
        _packages.Validators.Add(RefuseOptions);
        _packages.Validators.Add(result =>
        {
            if (result.Tokens.Count > atMost)
            {
                result.AddError($"One package is expected, not {result.Tokens.Count}.");
            }
        });
    }

    public Command AddTo(Command command)
    {
        command.Add(_packages);
        command.Add(_json);
        return command;
    }

    public string[] Packages(ParseResult result) => result.GetRequiredValue(_packages);

    public bool Json(ParseResult result) => result.GetValue(_json);

    /// <summary>An option that there is not would otherwise be taken for a package.</summary>
    private static void RefuseOptions(ArgumentResult result)
    {
        foreach (Token option in result.Tokens.Where(t => t.Value.StartsWith('-')))
        {
            result.AddError($"There is no option '{option.Value}'.");
        }
    }
}

/// <summary>How packages and signatures are named in what the verbs print.</summary>
internal static class PackageText
{
    public static string Of(PackageIdentity package) => $"{package.Id} {package.Version}";

    /// <summary>Statements with their signers, shortest words first: <c>release, provenance, evaluation by 5f0c2be1a94d</c>.</summary>
    public static IEnumerable<object> Signatures(SignatureBundle bundle) => bundle.Statements.Select(s => (object)new
    {
        statement = TrustPolicy.NameOf(s.Statement.PredicateType),
        predicateType = s.Statement.PredicateType,
        keys = s.Envelope.Signatures.Select(signature => signature.Keyid),
    });

    public static string Line(SignatureBundle bundle) => bundle.Statements.Count == 0 ? "none" : string.Join("; ", bundle.Statements
        .Select(s => $"{TrustPolicy.NameOf(s.Statement.PredicateType)} by {string.Join(", ", s.Envelope.Signatures.Select(signature => signature.Keyid[..Math.Min(12, signature.Keyid.Length)]))}"));
}

/// <summary>The trust policy that a verb asks.</summary>
internal static class TrustPolicyFile
{
    /// <summary>The one that was named, else the nearest here or above; null where there is none.</summary>
    public static string? Find(string? given)
    {
        for (DirectoryInfo? at = given is null ? new DirectoryInfo(Environment.CurrentDirectory) : null; at is not null; at = at.Parent)
        {
            string candidate = Path.Combine(at.FullName, TrustPolicy.FileName);
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        return given;
    }
}
