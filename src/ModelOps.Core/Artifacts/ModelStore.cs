using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Artifacts;

/// <summary>How a result gets into the store.</summary>
[Flags]
public enum PutMode
{
    /// <summary>The source is copied and stays as it is.</summary>
    Copy = 0,

    /// <summary>The source is the caller's own and nobody writes to it any more: where the file system allows it, it becomes the stored file itself, read-only.</summary>
    Adopt = 1,

    /// <summary>The result cost money: it is collected only when that is asked for.</summary>
    Paid = 2,
}

/// <summary>
/// Results by content: <c>cas/</c> holds files by SHA-256, <c>actions/&lt;key&gt;.json</c> says which files are the result of an action.
/// Everything appears whole or not at all (temporary file, flush, rename), the record last; a hit counts only after every file was
/// verified. Layout and rules: <c>docs/formats/store.md</c>. Safe for any number of threads and processes.
/// </summary>
public sealed class ModelStore
{
    private readonly IStageLog _log;
    private readonly Lazy<ModelStore> _unsigned;
    private bool _grown;

    public ModelStore(string root, IStageLog log)
    {
        Root = Path.GetFullPath(root);
        _log = log;
        Use = new StoreUse(Root);
        Blobs = new BlobStore(Root, log);
        Answers = new AnswerCache(this, log);
        _unsigned = new Lazy<ModelStore>(() => new ModelStore(UnsignedIn(Root), log));
    }

    public string Root { get; }

    /// <summary>Kept model answers.</summary>
    public AnswerCache Answers { get; }

    /// <summary>The store inside this one for what came unsigned from a feed, and what was made with it: nothing of it is ever packed.</summary>
    public ModelStore Unsigned => _unsigned.Value;

    /// <summary>Something was ever put into <see cref="Unsigned"/>.</summary>
    public bool HasUnsigned => Directory.Exists(Unsigned.Root);

    /// <summary>Something was written since this instance was made: a reason to look at the store's size (<see cref="StoreCollector.Trim"/>).</summary>
    public bool HasGrown => _grown || (_unsigned.IsValueCreated && Unsigned.HasGrown);

    internal BlobStore Blobs { get; }

    internal StoreUse Use { get; }

    /// <summary>The store that a user has when nothing is said: <c>MODELOPS_HOME</c>, else <c>~/.modelops</c>.</summary>
    public static string DefaultRoot()
        => Environment.GetEnvironmentVariable("MODELOPS_HOME") is { Length: > 0 } home
            ? home
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".modelops");

    /// <summary>Where <see cref="Unsigned"/> of a store lies.</summary>
    public static string UnsignedIn(string root) => Path.Combine(root, "unsigned");

    /// <summary>Stores a copy of a file or folder as the result of an action.</summary>
    /// <exception cref="DiagnosticException">The store cannot be written, or the source cannot be read.</exception>
    public StoredAction Put(FingerprintFile action, string fileOrFolder, CancellationToken cancellation = default)
        => Put(action, fileOrFolder, PutMode.Copy, cancellation);

    /// <summary>Stores a file, or a folder with all that is in it, as the result of an action.</summary>
    /// <exception cref="DiagnosticException">The store cannot be written, or the source cannot be read.</exception>
    public StoredAction Put(FingerprintFile action, string fileOrFolder, PutMode mode, CancellationToken cancellation)
    {
        StoreVersion.Check(Root);
        using IDisposable? use = Use.Share();
        string folder = Directory.Exists(fileOrFolder) ? fileOrFolder : Path.GetDirectoryName(Path.GetFullPath(fileOrFolder))!;
        string[] sources = Directory.Exists(fileOrFolder) ? Directory.GetFiles(fileOrFolder, "*", SearchOption.AllDirectories) : [fileOrFolder];
        var files = new List<StoredFile>();
        foreach (string source in sources)
        {
            cancellation.ThrowIfCancellationRequested();
            string relative = Path.GetRelativePath(folder, source).Replace(Path.DirectorySeparatorChar, '/');
            (Digest digest, long size) = Blobs.Put(source, mode.HasFlag(PutMode.Adopt), cancellation);
            files.Add(new StoredFile(relative, digest, size));
        }

        files.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        var stored = new StoredAction(action.Key, action.Stage, action.Fields, files, mode.HasFlag(PutMode.Paid));
        Write(ActionPath(action.Key), stored.ToBytes());
        return stored;
    }

    /// <summary>The stored result of an action, every file of it verified; null when there is none. What is damaged is dropped, with a warning.</summary>
    public StoredAction? TryGet(ActionKey key)
    {
        StoredAction? action = Verified(key);
        if (action is not null)
        {
            Touch(ActionPath(key));
        }

        return action;
    }

    /// <summary>As a hit would see it; damage is dropped, with a warning. This is no use of the result.</summary>
    internal bool IsWhole(ActionKey key) => Verified(key) is not null;

    private StoredAction? Verified(ActionKey key)
    {
        StoreVersion.Check(Root);
        using IDisposable? use = Use.Share();
        string path = ActionPath(key);
        if (Read(path, key) is not { } action)
        {
            return null;
        }

        // All of them are looked at, so that one build finds all the damage.
        bool whole = true;
        foreach (StoredFile file in action.Files)
        {
            whole &= Blobs.Verify(file);
        }

        if (!whole)
        {
            Drop(path);
            return null;
        }

        return action;
    }

    /// <summary>Puts the stored result of an action into a folder; false when there is none that is whole.</summary>
    /// <exception cref="DiagnosticException">The folder cannot be written.</exception>
    public bool TryRestore(ActionKey key, string folder)
    {
        // Shared over both steps, so that nothing is collected between them.
        using IDisposable? use = Use.Share();
        if (TryGet(key) is not { } stored)
        {
            return false;
        }

        Materialize(stored, folder);
        StoreLock.ForgetDeadHolder(LockPath(key));
        return true;
    }

    /// <summary>Puts the files of a result into a folder, which is replaced as a whole. Large files are hard links to read-only blobs where the file system allows it.</summary>
    /// <exception cref="DiagnosticException">The folder cannot be written.</exception>
    public void Materialize(StoredAction action, string folder)
    {
        using IDisposable? use = Use.Share();
        string target = Path.GetFullPath(folder);
        string temporary = AtomicFile.TemporaryName(target);
        try
        {
            FolderSwap.SweepLeftovers(target);
            Directory.CreateDirectory(temporary);
            foreach (StoredFile file in action.Files)
            {
                string path = Path.Combine(temporary, file.Path.Replace('/', Path.DirectorySeparatorChar));
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                Blobs.Place(file, path);
            }

            FolderSwap.Replace(target, temporary);
        }
        catch (Exception e) when (StoreWrite.IsFailure(e))
        {
            throw new DiagnosticException(StoreErrors.CannotMaterialize(folder, e.Message), e);
        }
        finally
        {
            FolderSwap.Delete(temporary);
        }
    }

    /// <summary>The lock of an action. Take it before looking a second time and working; a second build waits here and then hits.</summary>
    /// <param name="waiting">Called once when the lock is taken by another process, then every few seconds.</param>
    public async Task<StoreLock> LockAsync(ActionKey key, Action<StoreWait>? waiting, CancellationToken cancellation)
    {
        StoreVersion.Check(Root);
        string path = LockPath(key);
        try
        {
            return await StoreLock.AcquireAsync(path, Use, key, waiting, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (StoreWrite.IsFailure(e))
        {
            throw new DiagnosticException(StoreErrors.NotWritable(Root, e.Message), e);
        }
    }

    /// <summary>A record of the store; its temporary file lies under <c>tmp/</c>, where leftovers are swept.</summary>
    internal void Write(string path, byte[] bytes)
    {
        try
        {
            _grown = StoreWrite.Repeat(() =>
            {
                StoreVersion.Write(Root, Blobs.NewTemporary());
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                return AtomicFile.Write(path, Blobs.NewTemporary(), stream => stream.Write(bytes), _ => true);
            });
        }
        catch (Exception e) when (StoreWrite.IsFailure(e))
        {
            throw new DiagnosticException(StoreErrors.NotWritable(Root, e.Message), e);
        }
    }

    internal string ActionPath(ActionKey key) => Path.Combine(Root, "actions", $"{key.Hex}.json");

    internal string LockPath(ActionKey key) => Path.Combine(Root, "locks", $"{key.Hex}.lock");

    internal string OriginPath(ActionKey key) => Path.Combine(Root, "origins", $"{key.Hex}.json");

    internal string CheckpointPath(ActionKey key) => Path.Combine(Root, "checkpoints", key.Hex);

    internal string PinPath(ActionKey key) => Path.Combine(Root, "pins", key.Hex);

    /// <summary>A record's time is that of its last use: what the collector goes by.</summary>
    internal static void Touch(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A store that cannot be written cannot be collected either.
        }
    }

    internal StoredAction? Read(string path, ActionKey key)
    {
        try
        {
            StoredAction action = StoredAction.Parse(File.ReadAllBytes(path));
            return action.Key == key ? action : throw new FormatException("it belongs to another key");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is FormatException or JsonProblemException or IOException or UnauthorizedAccessException)
        {
            _log.Report(StoreErrors.DamagedRecord(path, e.Message));
            Drop(path);
            return null;
        }
    }

    // A store that cannot be written still serves what is whole; what could not be dropped is found again, and said again.
    internal static void Drop(string path)
    {
        try
        {
            // Windows deletes no read-only file.
            if (OperatingSystem.IsWindows() && File.Exists(path))
            {
                File.SetAttributes(path, FileAttributes.Normal);
            }

            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
