using System.Text.Json;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Signing;
using ModelOps.Pipeline.Configuration;
using NuGet.Protocol.Core.Types;

namespace ModelOps.Pipeline.Sharing;

/// <summary>A result that was copied from a feed, every file of it as its record says.</summary>
/// <param name="Folder">Holds the files and nothing else; the caller's own.</param>
internal sealed record PulledResult(StoredAction Action, string Folder, bool Trusted);

/// <summary>A feed as a cache of results. Whatever it does, a build goes on: the first failure is one warning, and then it is left alone.</summary>
public sealed class SharedCache
{
    private const int AtOnce = 4;
    private readonly ICacheFeed _feed;
    private readonly CacheOptions _options;
    private readonly FeedHealth _health;
    private readonly ProjectInputs _inputs;
    private readonly IStageLog _log;
    private readonly CachePackages _packages;
    private readonly IReadOnlyDictionary<string, SigningKey> _trusted;
    private readonly bool _pushes;

    internal SharedCache(ICacheFeed feed, CacheOptions options, FeedHealth health, ProjectInputs inputs, IStageLog log, CachePackages packages)
    {
        (_feed, _options, _health, _inputs, _log, _packages) = (feed, options, health, inputs, log, packages);
        _trusted = SigningKeys.Public(options, inputs);
        bool stranger = options.Push && ForkPullRequest.Is(options.Environment);
        _pushes = options.Push && !stranger;
        if (stranger)
        {
            log.Message($"  {inputs.ProjectName}: pushes no results to '{feed.Name}': this is a pull request from a fork");
        }

        if (_pushes)
        {
            // A key that cannot be used is to be known before the work, not after it.
            SigningKeys.Private(options, inputs.ProjectFile)?.Dispose();
        }
    }

    internal string Feed => _feed.Name;

    internal bool HasTrustedKeys => _trusted.Count > 0;

    /// <summary>Null when the project shares no results.</summary>
    /// <exception cref="DiagnosticException">The source or a key is not what it should be (<c>MOPS2130</c>, <c>MOPS2134</c>, <c>MOPS2137</c>).</exception>
    public static SharedCache? Open(CacheOptions options, FeedHealth health, ProjectInputs inputs, IStageLog log)
        => options.Source.Length == 0 ? null : new SharedCache(FeedFinder.Find(options, inputs), options, health, inputs, log, CachePackages.Default);

    /// <summary>Copies a result; null when the feed has none that may be used.</summary>
    /// <param name="work">Parts that an interrupted copy has left there are not asked for again.</param>
    /// <param name="trustedOnly">Only what a trusted key has signed.</param>
    internal PulledResult? Pull(ActionKey key, string work, bool trustedOnly, CancellationToken cancellation)
    {
        if (!_health.Serves || (trustedOnly && !HasTrustedKeys))
        {
            return null;
        }

        try
        {
            return PullAsync(key, Path.Combine(work, $"pull-{key.Hex}"), trustedOnly, cancellation).GetAwaiter().GetResult();
        }
        catch (FormatException e)
        {
            _log.Report(CacheErrors.Damaged(Feed, key, e.Message));
        }
        catch (Exception e) when (IsFeedFailure(e, cancellation))
        {
            GiveUp(e);
        }

        return null;
    }

    /// <summary>Whether the feed lists a result, for plans: nothing is copied, so nothing is verified.</summary>
    internal bool Has(ActionKey key, CancellationToken cancellation)
    {
        try
        {
            return _health.Serves && _feed.HasAsync(CachePackageId.Entry(key), cancellation).GetAwaiter().GetResult();
        }
        catch (Exception e) when (IsFeedFailure(e, cancellation))
        {
            GiveUp(e);
            return false;
        }
    }

    private void GiveUp(Exception e)
    {
        if (_health.FailedToServe())
        {
            _log.Report(CacheErrors.Unreachable(Feed, Detail(e)));
        }
    }

    /// <summary>Offers a result that was made here; nothing when the project does not push.</summary>
    /// <param name="folder">Where it lies.</param>
    /// <param name="measured">A file of measurements, which differ from run to run.</param>
    internal void Push(StoredAction action, string folder, string work, string? measured, CancellationToken cancellation)
    {
        if (!_pushes || !_health.Takes)
        {
            return;
        }

        string temporary = Path.Combine(work, $"push-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(temporary);
            PushAsync(action, folder, temporary, measured, cancellation).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is FormatException || IsFeedFailure(e, cancellation))
        {
            if (_health.FailedToTake())
            {
                _log.Report(CacheErrors.NotPushed(Feed, action.Key, Detail(e)));
            }
        }
        finally
        {
            FolderSwap.Delete(temporary);
        }
    }

    private async Task<PulledResult?> PullAsync(ActionKey key, string folder, bool trustedOnly, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        string package = Path.Combine(folder, $"{Guid.NewGuid():N}.nupkg");
        if (!await _feed.DownloadAsync(CachePackageId.Entry(key), package, cancellation).ConfigureAwait(false))
        {
            FolderSwap.Delete(folder);
            return null;
        }

        CacheEntry entry = CacheEntry.Read(package, key);
        Trust trust = SigningKeys.Judge(entry.Envelope, _trusted);
        if (trust == Trust.Forged)
        {
            _log.Report(CacheErrors.Forged(Feed, key));
        }

        if (trust == Trust.Forged || (trustedOnly && trust != Trust.Trusted))
        {
            FolderSwap.Delete(folder);
            return null;
        }

        IEnumerable<CachePart> parts = entry.Parts.Values.SelectMany(part => part).DistinctBy(part => part.Digest);
        await Parallel.ForEachAsync(parts, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (part, token)
            => await FetchAsync(part, package, folder, token).ConfigureAwait(false)).ConfigureAwait(false);
        return new PulledResult(entry.Action, Assemble(entry, folder, cancellation), trust == Trust.Trusted);
    }

    private async Task FetchAsync(CachePart part, string entryPackage, string folder, CancellationToken cancellation)
    {
        string file = CachePackages.FileOf(part, folder);
        if (CacheEntry.IsPart(file, part) || Extracted(entryPackage))
        {
            return;
        }

        string package = Path.Combine(folder, $"{Guid.NewGuid():N}.nupkg");
        bool there = await _feed.DownloadAsync(CachePackageId.Part(Digest.Parse(part.Digest)), package, cancellation).ConfigureAwait(false);
        if (!there || !Extracted(package))
        {
            throw new FormatException($"the part {part.Digest} is {(there ? "damaged" : "missing")}");
        }

        File.Delete(package);

        bool Extracted(string from)
        {
            string temporary = Path.Combine(folder, Path.GetRandomFileName());
            bool whole = CacheEntry.Extract(from, part, temporary);
            if (whole)
            {
                File.Move(temporary, file, overwrite: true);
            }

            return whole;
        }
    }

    /// <summary>The files of the record, put together and compared with its digests.</summary>
    private static string Assemble(CacheEntry entry, string folder, CancellationToken cancellation)
    {
        string content = Path.Combine(folder, "content");
        FolderSwap.Delete(content);
        foreach (StoredFile file in entry.Action.Files)
        {
            string path = Path.Combine(content, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using (FileStream target = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                foreach (CachePart part in entry.Parts[file.Digest.ToString()])
                {
                    cancellation.ThrowIfCancellationRequested();
                    using FileStream source = File.OpenRead(CachePackages.FileOf(part, folder));
                    source.CopyTo(target);
                }
            }

            if (Digest.OfFile(path) != file.Digest)
            {
                throw new FormatException($"'{file.Path}' has another digest than the record says");
            }
        }

        return content;
    }

    private async Task PushAsync(StoredAction action, string folder, string temporary, string? measured, CancellationToken cancellation)
    {
        if (await CompareAsync(action, temporary, measured, cancellation).ConfigureAwait(false))
        {
            return;
        }

        Dictionary<string, CachePart[]> parts = _packages.Cut(action, folder, temporary, cancellation);

        // The entry comes last: who finds it finds its parts.
        IEnumerable<CachePart> own = parts.Values.SelectMany(part => part).Where(_packages.HasOwnPackage).DistinctBy(part => part.Digest);
        await Parallel.ForEachAsync(own, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (part, token) =>
        {
            var id = CachePackageId.Part(Digest.Parse(part.Digest));
            string file = Path.Combine(temporary, id.FileName);
            CachePackages.Write(id, [(CacheEntry.PathOf(part), CachePackages.FileOf(part, temporary))], file);
            await _feed.UploadAsync(id, file, token).ConfigureAwait(false);
        }).ConfigureAwait(false);

        using SigningKey? key = SigningKeys.Private(_options, _inputs.ProjectFile);
        var entry = new CacheEntry(Envelope.Seal(CacheEntry.PayloadType, action.ToBytes(), key), action, parts);
        var entryId = CachePackageId.Entry(action.Key);
        string package = Path.Combine(temporary, entryId.FileName);
        _packages.WriteEntry(entry, temporary, package);
        if (await _feed.UploadAsync(entryId, package, cancellation).ConfigureAwait(false))
        {
            _log.Message($"  {_inputs.ProjectName}: pushed the result of key {action.Key.Short} to '{Feed}'{(key is null ? "" : ", signed")}", important: true);
        }
        else
        {
            await CompareAsync(action, temporary, measured, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Whether the feed has an entry of this key. Of two pushers the second finds his own result there; another one is said.</summary>
    private async Task<bool> CompareAsync(StoredAction action, string temporary, string? measured, CancellationToken cancellation)
    {
        string package = Path.Combine(temporary, $"{Guid.NewGuid():N}.nupkg");
        if (!await _feed.DownloadAsync(CachePackageId.Entry(action.Key), package, cancellation).ConfigureAwait(false))
        {
            return false;
        }

        if (CacheEntry.Difference(action, CacheEntry.Read(package, action.Key).Action, measured) is { } file)
        {
            _log.Report(CacheErrors.Differs(Feed, action.Key, file));
        }

        return true;
    }

    private static bool IsFeedFailure(Exception e, CancellationToken cancellation)
        => e is HttpRequestException or NuGetProtocolException or IOException or UnauthorizedAccessException or TimeoutException or InvalidDataException
                or JsonException or KeyNotFoundException or InvalidOperationException or UriFormatException
            || (e is OperationCanceledException && !cancellation.IsCancellationRequested);

    private static string Detail(Exception e) => e is OperationCanceledException ? "it did not answer in time" : e.InnerException is { } inner ? $"{e.Message} {inner.Message}" : e.Message;
}
