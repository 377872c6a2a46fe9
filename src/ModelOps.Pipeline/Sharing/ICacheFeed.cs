namespace ModelOps.Pipeline.Sharing;

/// <summary>A place of packages.</summary>
internal interface ICacheFeed
{
    string Name { get; }

    /// <summary>Whether the feed lists a package; no content is asked for.</summary>
    Task<bool> HasAsync(CachePackageId package, CancellationToken cancellation);

    /// <summary>Copies a package into a new file; false when the feed has none.</summary>
    Task<bool> DownloadAsync(CachePackageId package, string file, CancellationToken cancellation);

    /// <summary>Offers a package; false when the feed has one of that id and version, which stays.</summary>
    Task<bool> UploadAsync(CachePackageId package, string file, CancellationToken cancellation);
}
