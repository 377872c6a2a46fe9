using ModelOps.Cli.Projects;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Packages;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Cli.Packages;

/// <summary>How a rebuild compares with a package.</summary>
/// <param name="Differs">Files that differ and are no part of the model: they name commit, version or SDK.</param>
internal sealed record RebuildResult(int ExitCode, bool Identical, IReadOnlyList<string> Differs, IReadOnlyList<Diagnostic> Problems);

/// <summary>Makes a package's content again from a checkout of its inputs: another store, another folder, nothing taken from an earlier build.</summary>
internal sealed class Rebuild(Terminal terminal, string project)
{
    /// <summary>What the training, the evaluation and the gates computed; everything else may name another commit or SDK.</summary>
    private static readonly string[] s_computed = [PackageEvidence.Fingerprint, PackageEvidence.Evaluation, PackageEvidence.Verdict];

    public async Task<RebuildResult> RunAsync(ModelPackage package, CancellationToken cancellation)
    {
        string scratch = Directory.CreateTempSubdirectory("modelops-").FullName;
        try
        {
            string file = ModelProject.Find(project);
            var files = new StageFiles(Path.Combine(scratch, "obj"));
            var request = new BuildRequest(file, "ModelOpsFingerprint")
            {
                Properties = [$"ModelOpsIntermediateDirectory={files.Directory}/", $"ModelOpsHome={scratch}/store/", $"PackageOutputPath={scratch}/out/",
                    $"Version={package.Manifest.Version}", $"PackageId={package.Manifest.Id}", "ModelOpsVersionSuffix=", "ModelOpsCacheSource=", "ModelOpsMode=Build"],
                Verbosity = "quiet",
            };
            int exit = await RunAsync(request, cancellation).ConfigureAwait(false);
            if (exit != ExitCode.Ok)
            {
                return new RebuildResult(exit, false, [], []);
            }

            if (OtherInputs(package, files, file) is { } other)
            {
                return new RebuildResult(ExitCode.Failed, false, [], [other]);
            }

            terminal.Error.WriteLine($"{package.Manifest.Id}: training and evaluating again");
            exit = await RunAsync(request with { Target = "ModelOpsGate;ModelOpsPackage", Restore = false, Verbosity = "minimal" }, cancellation).ConfigureAwait(false);
            return exit != ExitCode.Ok ? new RebuildResult(exit, false, [], []) : Compare(package, files.PackageContent);
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private async Task<int> RunAsync(BuildRequest request, CancellationToken cancellation)
        => (await new BuildProcess(terminal).RunAsync(request, outputIsData: true, cancellation).ConfigureAwait(false)).ExitCode;

    private static Diagnostic? OtherInputs(ModelPackage package, StageFiles files, string project)
    {
        FingerprintFile recorded = FingerprintFile.Parse(package.Read(PackageEvidence.Fingerprint) ?? []);
        FingerprintFile now = FingerprintFile.TryRead(files.Fingerprint, out _)!;
        return recorded.Key == now.Key ? null : CliErrors.OtherInputs(project, KeyDifference.Between(recorded, now).Fields.Select(f => $"{f.Name} {f.Old} -> {f.New}"));
    }

    private static RebuildResult Compare(ModelPackage package, string content)
    {
        Dictionary<string, Digest> packed = Describe(package.Folder), rebuilt = Describe(content);
        string[] differs = [.. packed.Keys.Union(rebuilt.Keys).Where(f => !packed.TryGetValue(f, out Digest a) || !rebuilt.TryGetValue(f, out Digest b) || a != b).Order(StringComparer.Ordinal)];
        string[] computed = [.. differs.Where(IsComputed)];
        Diagnostic Problem() => TorchInstallation.TrainedBy(FingerprintFile.Parse(package.Read(PackageEvidence.Fingerprint) ?? []).Fields) is { } worker ? CliErrors.RebuildNotPromised(package.FullPath, worker, computed) : CliErrors.RebuildDiffers(package.FullPath, computed);
        return new RebuildResult(computed.Length == 0 ? ExitCode.Ok : ExitCode.Failed, differs.Length == 0, differs, computed.Length == 0 ? [] : [Problem()]);
    }

    private static Dictionary<string, Digest> Describe(string folder)
        => PackagedContent.Describe(folder).ToDictionary(s => s.Name, s => s.Digest, StringComparer.Ordinal);

    private static bool IsComputed(string file)
        => s_computed.Contains(file) || (file.StartsWith("model/", StringComparison.Ordinal) && file != $"model/{ModelManifest.FileName}");
}
