using ModelOps.Core.Diagnostics;
using NuGet.Common;
using NuGet.Configuration;
using NuGet.Packaging.Core;
using NuGet.Protocol;
using NuGet.Protocol.Core.Types;
using NuGet.Versioning;

namespace ModelOps.Pipeline.Workers;

/// <summary>
/// Whether the packages of the trainer on TorchSharp can be restored: asked before NuGet does, whose own answer would be a list of packages that
/// nobody here has named.
/// </summary>
public static class TorchPackages
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1.2);

    /// <param name="packages">As <c>id/version</c>.</param>
    /// <exception cref="DiagnosticException"><c>MOPS3207</c>: every source answered, and none has them. A source that does not answer in time is left to NuGet.</exception>
    public static void Check(string projectDirectory, IReadOnlyList<string> packages, CancellationToken cancellation)
    {
        ISettings settings = Settings.LoadDefaultSettings(projectDirectory);
        Check(settings, SettingsUtility.GetGlobalPackagesFolder(settings), packages, cancellation);
    }

    /// <param name="cache">Where restored packages lie.</param>
    internal static void Check(ISettings settings, string cache, IReadOnlyList<string> packages, CancellationToken cancellation)
    {
        PackageIdentity[] missing = [.. packages.Select(Identity).Where(p => !Directory.Exists(Path.Combine(cache, p.Id.ToLowerInvariant(), p.Version.ToNormalizedString().ToLowerInvariant())))];
        if (missing.Length == 0)
        {
            return;
        }

        PackageSource[] sources = [.. PackageSourceProvider.LoadPackageSources(settings).Where(s => s.IsEnabled)];
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(s_patience);
        string[] nowhere = [.. missing.Where(package => !IsAnywhere(package, sources, patience.Token)).Select(p => $"{p.Id} {p.Version}")];
        cancellation.ThrowIfCancellationRequested();
        if (nowhere.Length > 0)
        {
            throw WorkerErrors.NoTorchSharp(nowhere, sources.Length == 0 ? "no source" : string.Join(", ", sources.Select(s => s.Name)));
        }
    }

    /// <summary>True where a source has it, and where one does not say.</summary>
    private static bool IsAnywhere(PackageIdentity package, PackageSource[] sources, CancellationToken cancellation)
    {
        Task<bool>[] asked = [.. sources.Select(source => HasAsync(source, package, cancellation))];
        return Task.WhenAll(asked).GetAwaiter().GetResult().Any(has => has);
    }

    private static async Task<bool> HasAsync(PackageSource source, PackageIdentity package, CancellationToken cancellation)
    {
        try
        {
            using var memory = new SourceCacheContext();
            Task<bool> answer = AskAsync(source, package, memory, cancellation);
            return await answer.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or FatalProtocolException or IOException or HttpRequestException)
        {
            return true;
        }
    }

    private static async Task<bool> AskAsync(PackageSource source, PackageIdentity package, SourceCacheContext memory, CancellationToken cancellation)
    {
        FindPackageByIdResource? found = await Repository.Factory.GetCoreV3(source).GetResourceAsync<FindPackageByIdResource>(cancellation).ConfigureAwait(false);
        return found is null || await found.DoesPackageExistAsync(package.Id, package.Version, memory, NullLogger.Instance, cancellation).ConfigureAwait(false);
    }

    private static PackageIdentity Identity(string package)
    {
        string[] parts = package.Split('/');
        return new PackageIdentity(parts[0], NuGetVersion.Parse(parts[1]));
    }
}
