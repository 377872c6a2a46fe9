using ModelOps.Core.Artifacts;

namespace ModelOps.Pipeline.Sharing;

/// <summary>A folder with packages: flat, as people make one, or with a folder per id and version, as <c>dotnet nuget push</c> and <c>nuget init</c> leave it.</summary>
internal sealed class FolderFeed(string name, string root, TimeSpan timeout) : ICacheFeed
{
    public string Name => name;

    public async Task<bool> HasAsync(CachePackageId package, CancellationToken cancellation) => await FindAsync(package, cancellation).ConfigureAwait(false) is not null;

    public async Task<bool> DownloadAsync(CachePackageId package, string file, CancellationToken cancellation)
    {
        if (await FindAsync(package, cancellation).ConfigureAwait(false) is not { } path)
        {
            return false;
        }

        using FileStream source = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16, FileOptions.Asynchronous);
        using FileStream target = new(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous);
        await source.CopyToAsync(target, cancellation).ConfigureAwait(false);
        return true;
    }

    public async Task<bool> UploadAsync(CachePackageId package, string file, CancellationToken cancellation)
    {
        if (await FindAsync(package, cancellation).ConfigureAwait(false) is not null)
        {
            return false;
        }

        // Beside its place and renamed, so that nobody reads half of it; of two pushers one is second.
        string temporary = Path.Combine(root, $"{Guid.NewGuid():n}.tmp");
        try
        {
            File.Copy(file, temporary);
            File.Move(temporary, Path.Combine(root, package.FileName), overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(Path.Combine(root, package.FileName)))
        {
            return false;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    // A share that is gone may keep a call for minutes.
    private async Task<string?> FindAsync(CachePackageId package, CancellationToken cancellation)
        => await Task.Run(() => Find(package), cancellation).WaitAsync(timeout, cancellation).ConfigureAwait(false);

    private string? Find(CachePackageId package)
    {
        if (!Directory.Exists(root))
        {
            throw new DirectoryNotFoundException($"there is no folder '{root}'");
        }

        string[] places = [Path.Combine(root, package.FileName), Path.Combine(root, package.Id, package.Version, package.FileName)];
        return places.FirstOrDefault(File.Exists);
    }
}
