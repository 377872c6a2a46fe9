using ModelOps.Core.Diagnostics;
using ModelOps.Pipeline.Configuration;
using NuGet.Configuration;

namespace ModelOps.Pipeline.Sharing;

/// <summary>From <c>ModelOpsCacheSource</c> to a feed, with what nuget.config says of it.</summary>
internal static class FeedFinder
{
    /// <exception cref="DiagnosticException"><c>MOPS2130</c>: the value names nothing; <c>MOPS2137</c>: it is plain http.</exception>
    public static ICacheFeed Find(CacheOptions options, ProjectInputs inputs)
    {
        PackageSource source = Source(options.Source, inputs);
        string location = source.Source;
        if (!source.IsHttp)
        {
            return new FolderFeed(source.Name, Path.GetFullPath(source.TrySourceAsUri is { IsFile: true } uri ? uri.LocalPath : location, inputs.ProjectDirectory), options.Timeout);
        }

        return new ServerFeed(source, options.Timeout, () => options.ApiKeyVariable.Length > 0 ? options.Environment(options.ApiKeyVariable) : null);
    }

    /// <summary>Whether results would travel in clear over a network; as in restore, <c>allowInsecureConnections</c> permits it.</summary>
    private static bool IsOpenToAll(PackageSource source)
        => source is { IsHttp: true, IsHttps: false, AllowInsecureConnections: false } && source.TrySourceAsUri is { IsLoopback: false };

    private static PackageSource Source(string value, ProjectInputs inputs)
    {
        ISettings settings = Settings.LoadDefaultSettings(inputs.ProjectDirectory);
        PackageSource? known = PackageSourceProvider.LoadPackageSources(settings)
            .FirstOrDefault(s => s.Name.Equals(value, StringComparison.OrdinalIgnoreCase) || s.Source.TrimEnd('/').Equals(value.TrimEnd('/'), StringComparison.OrdinalIgnoreCase));
        bool speaksForItself = value.Contains("://", StringComparison.Ordinal) || value.AsSpan().IndexOfAny('/', '\\') >= 0 || value is "." or "..";
        PackageSource source = known ?? (speaksForItself ? new PackageSource(value) : throw CacheErrors.NoSuchSource(value, inputs.ProjectFile));
        return IsOpenToAll(source) ? throw CacheErrors.Insecure(value, inputs.ProjectFile) : source;
    }
}
