using ModelOps.Cli.Models;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Packages;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Cli.Packages;

/// <summary>An adapter merged into the base model that its package names: a whole model in Hugging Face's layout, without anything of ours.</summary>
internal sealed class MergedExport(Terminal terminal, string? worker)
{
    /// <param name="folder">Does not exist yet, or is empty.</param>
    /// <exception cref="DiagnosticException">The base model is not at hand or another one, or the worker failed; nothing is left behind.</exception>
    public void Write(ModelPackage package, string folder, CancellationToken cancellation)
    {
        VerificationResult found = PackageVerification.Run([package], policy: null);
        if (found.Problems is [var problem, ..])
        {
            throw new DiagnosticException(problem);
        }

        PackageIdentity wanted = package.Manifest.Base!;
        string path = PackageNeighbours.Find(package, wanted) ?? throw new DiagnosticException(ConsumeErrors.MissingBase(package.Manifest.Id, wanted));
        using var @base = ModelPackage.Open(path);
        string scratch = Directory.CreateTempSubdirectory("modelops-").FullName;
        var log = new TerminalLog(terminal);
        try
        {
            WorkerHost host = new ModelRun("", ModelOptions.Standard, ModelOptions.Standard, 0, worker).Host(scratch);
            var request = new MergeRequest { Model = Path.Combine(@base.Folder, "model"), Adapter = Path.Combine(package.Folder, "model"), Output = folder };
            WorkerProcess.Run(host, request, "export", log, cancellation);
        }
        finally
        {
            log.Finish();
            Directory.Delete(scratch, recursive: true);
        }

        // The base package's manifest speaks of another model.
        File.Delete(Path.Combine(folder, ModelManifest.FileName));
        File.WriteAllText(Path.Combine(folder, "README.md"), Card(package));
    }

    private static string Card(ModelPackage package) => System.Text.Encoding.UTF8.GetString(package.Read("report/README.md") ?? [])
        .Replace("library_name: \"peft\"", "library_name: \"transformers\"", StringComparison.Ordinal);
}
