using ModelOps.Cli.Models;
using ModelOps.Cli.Projects;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Packages;

namespace ModelOps.Cli.Packages;

/// <summary>Whether a package answers here as in its evaluation.</summary>
/// <param name="Rows">Sealed rows that were asked, each answered as it was; 0 where none was.</param>
/// <param name="Skipped">Why nobody asked; null when somebody did.</param>
internal sealed record ProbeResult(PackageIdentity Package, int Rows, string? Skipped, IReadOnlyList<Diagnostic> Problems);

/// <summary>Asks the sealed rows of packages in a process of the server, which opens models and ends.</summary>
/// <param name="server">As <c>serve --server</c> takes it; null: the tool's own.</param>
internal sealed class ParityProbe(Terminal terminal, string? server)
{
    /// <summary>The runtime does not know the model's architecture, or there is too little memory: nothing against the package.</summary>
    private static readonly string[] s_cannotOpen = ["MOPS7007", "MOPS7107"];

    /// <param name="packages">Verified ones; base models are passed over.</param>
    public async Task<IReadOnlyList<ProbeResult>> RunAsync(IReadOnlyList<ModelPackage> packages, CancellationToken cancellation)
    {
        var results = new List<ProbeResult>();
        foreach (ModelPackage package in packages.Where(p => !p.IsBase))
        {
            results.Add(await RunAsync(package, packages, cancellation).ConfigureAwait(false));
        }

        return results;
    }

    private async Task<ProbeResult> RunAsync(ModelPackage package, IReadOnlyList<ModelPackage> all, CancellationToken cancellation)
    {
        int rows = (package.Read("model/" + ParityRow.FileName) ?? []).Count(b => b == '\n');
        string? @base = package.Manifest.Base is { } wanted ? Base(package, wanted, all) : package.FullPath;
        string? reason = rows == 0 ? "it has none" : @base is null ? "the base model is not at hand" : !File.Exists(ServeProcess.PathOf(server)) ? "the tool has no server" : null;
        if (reason is not null)
        {
            return new ProbeResult(package.Identity, 0, reason, []);
        }

        using var error = new StringWriter();
        var request = new ServeRequest
        {
            Packages = [package.FullPath],
            // Where it looks for the base: the archives beside an archive, or <cache>/<id>/<version>.
            PackagesFolder = Path.GetDirectoryName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(@base!))) ?? "",
            MaxConcurrency = ParityRow.Count,
            ProbeParity = true,
            CheckOnly = true,
        };
        int exit = await ServeProcess.RunAsync(request, server, terminal with { Out = TextWriter.Null, Error = error }, cancellation).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        IReadOnlyList<Diagnostic> problems = exit == ExitCode.Ok ? [] : BuildLog.Parse(error.ToString().Split('\n'));
        return exit == ExitCode.Ok ? new ProbeResult(package.Identity, rows, null, [])
            : problems is [var first, ..] && s_cannotOpen.Contains(first.Code) ? new ProbeResult(package.Identity, 0, $"the model cannot be opened here: {first.Message}", [])
            : new ProbeResult(package.Identity, 0, null, problems.Count > 0 ? problems : [CliErrors.ProbeBroke(package.FullPath, error.ToString())]);
    }

    /// <summary>Where the base lies, as a path that says in which folder to look; null when it is not at hand.</summary>
    private static string? Base(ModelPackage package, PackageIdentity wanted, IReadOnlyList<ModelPackage> all)
        => PackageNeighbours.Find(package, wanted)
            ?? all.FirstOrDefault(p => p.IsBase && !p.IsArchive && string.Equals(p.Manifest.Id, wanted.Id, StringComparison.OrdinalIgnoreCase))?.FullPath;
}
