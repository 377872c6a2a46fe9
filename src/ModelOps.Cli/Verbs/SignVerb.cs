using System.CommandLine;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Signing;
using ModelOps.Pipeline.Packages;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops sign</c>: DSSE signatures over a package's content, inside it or beside it.</summary>
internal static class SignVerb
{
    private const string DefaultVariable = "MODELOPS_SIGNING_KEY";

    public static Command Create(Terminal terminal)
    {
        var options = new PackageOptions();
        var file = new Option<string?>("--key") { Description = $"File with the private key as PEM (ECDSA P-256 or P-384); default: the environment variable {DefaultVariable}.", HelpName = "file" };
        var variable = new Option<string>("--key-variable") { Description = "Environment variable with the private key as PEM.", HelpName = "name", DefaultValueFactory = _ => DefaultVariable };
        var detached = new Option<bool>("--detached") { Description = "Write the signatures beside the package, which stays as it is." };
        Command command = options.AddTo(new Command("sign", "Sign packages: their files, provenance and evaluation. Signatures of others stay."));
        command.Add(file);
        command.Add(variable);
        command.Add(detached);
        command.SetAction(result =>
        {
            using SigningKey key = ReadKey(result.GetValue(file), result.GetRequiredValue(variable));
            var signed = new List<object>();
            foreach (string package in options.Packages(result))
            {
                string written = PackageSigner.Sign(package, key, result.GetValue(detached));
                signed.Add(new { package = Path.GetFullPath(package), file = written });
                if (!options.Json(result))
                {
                    terminal.Out.WriteLine($"signed {Path.GetFileName(written)} with key {key.Id[..12]}");
                }
            }

            if (options.Json(result))
            {
                terminal.Out.WriteLine(JsonOutput.Of(new { verb = "sign", key = key.Id, signed }));
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static SigningKey ReadKey(string? file, string variable)
    {
        string what = file ?? $"environment variable {variable}";
        try
        {
            string pem = file is not null ? File.ReadAllText(file) : Environment.GetEnvironmentVariable(variable) ?? "";
            return pem.Length > 0 ? SigningKey.ImportPrivate(pem) : throw new FormatException("It is empty.");
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(TrustErrors.BadKey(what, e.Message), e);
        }
    }
}
