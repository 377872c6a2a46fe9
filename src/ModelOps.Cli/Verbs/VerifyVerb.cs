using System.CommandLine;
using ModelOps.Cli.Packages;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using ModelOps.Core.Signing;
using ModelOps.Pipeline.Packages;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops verify</c>: packages as a consumer's build checks them, and on request against a rebuild from the recorded inputs.</summary>
internal static class VerifyVerb
{
    public static Command Create(Terminal terminal)
    {
        var options = new PackageOptions();
        var policy = new Option<string?>("--policy") { Description = $"Trust policy that the packages must meet; default: {TrustPolicy.FileName} here or above, if there is one.", HelpName = "file" };
        var rebuild = new Option<bool>("--rebuild") { Description = "Train, evaluate and judge again from the project's inputs, in a store of their own, and compare bytes." };
        var project = new Option<string>("--project") { Description = "The project for --rebuild: file, or folder with exactly one.", DefaultValueFactory = _ => "." };
        var noProbe = new Option<bool>("--no-probe") { Description = "Do not ask the packages' sealed rows." };
        var server = new Option<string?>("--server") { Description = "Another server to ask them: an assembly or executable that takes the same request.", HelpName = "file" };
        Command command = options.AddTo(new Command("verify", "Check packages: files, evidence, signatures, base models, a trust policy where there is one, and that they answer as in their evaluation."));
        command.Add(policy);
        command.Add(noProbe);
        command.Add(server);
        command.Add(rebuild);
        command.Add(project);
        command.SetAction(async (result, cancellation) =>
        {
            using TrustPolicy? trusted = TrustPolicyFile.Find(result.GetValue(policy)) is { } file ? TrustPolicy.Read(file) : null;
            var packages = new List<ModelPackage>();
            try
            {
                packages.AddRange(options.Packages(result).Select(ModelPackage.Open));
                VerificationResult found = PackageVerification.Run(packages, trusted);
                IReadOnlyList<ProbeResult> probes = found.Problems.Count > 0 || result.GetValue(noProbe) ? []
                    : await new ParityProbe(terminal, result.GetValue(server) is { } other ? Path.GetFullPath(other) : null).RunAsync(packages, cancellation).ConfigureAwait(false);
                RebuildResult? again = found.Problems.Count == 0 && result.GetValue(rebuild)
                    ? await new Rebuild(terminal, result.GetRequiredValue(project)).RunAsync(packages[0], cancellation).ConfigureAwait(false) : null;
                return Report(found, probes, again, trusted is not null, options.Json(result), terminal);
            }
            finally
            {
                packages.ForEach(p => p.Dispose());
            }
        });
        return command;
    }

    private static int Report(VerificationResult found, IReadOnlyList<ProbeResult> probes, RebuildResult? again, bool policed, bool json, Terminal terminal)
    {
        Diagnostic[] problems = [.. found.Problems, .. probes.SelectMany(p => p.Problems), .. again?.Problems ?? []];
        int exit = problems.Any(p => p.Severity == DiagnosticSeverity.Error) ? ExitCode.Failed : again?.ExitCode ?? ExitCode.Ok;
        if (json)
        {
            terminal.Out.WriteLine(JsonOutput.Of(new
            {
                verb = "verify",
                packages = found.Checked.Select(p => new { id = p.Id, version = p.Version }),
                missingBases = found.Missing.Select(p => new { id = p.Id, version = p.Version }),
                policy = policed,
                probes = probes.Select(p => new { id = p.Package.Id, version = p.Package.Version, rows = p.Rows, skipped = p.Skipped }),
                rebuild = again is null ? null : new { identical = again.Identical, differs = again.Differs },
                diagnostics = problems.Select(JsonOutput.Diagnostic),
            }));
            return exit;
        }

        foreach (Diagnostic problem in problems)
        {
            terminal.Error.WriteLine(problem);
        }

        foreach (PackageIdentity missing in found.Missing)
        {
            terminal.Error.WriteLine($"{PackageText.Of(missing)} is neither beside the package nor in the package cache, so the base model was not checked");
        }

        if (problems.Length == 0)
        {
            string trust = policed ? "by the trust policy" : "no trust policy asked who signed";
            found.Checked.ToList().ForEach(p => terminal.Out.WriteLine($"{PackageText.Of(p)}: as it was packed; {trust}"));
        }

        foreach (ProbeResult probe in probes.Where(p => p.Problems.Count == 0))
        {
            (probe.Skipped is null ? terminal.Out : terminal.Error).WriteLine(probe.Skipped is { } reason
                ? $"{PackageText.Of(probe.Package)}: its sealed rows were not asked: {reason}" : $"{PackageText.Of(probe.Package)}: answers its {probe.Rows} sealed rows as in its evaluation");
        }

        if (again is { Problems.Count: 0, ExitCode: ExitCode.Ok })
        {
            terminal.Out.WriteLine(again.Identical ? "rebuilt byte for byte" : $"the model was rebuilt byte for byte; other documents differ, as they name commit, version or SDK: {string.Join(", ", again.Differs)}");
        }

        return exit;
    }
}
