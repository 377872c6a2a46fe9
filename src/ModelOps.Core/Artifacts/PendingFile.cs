namespace ModelOps.Core.Artifacts;

/// <summary>A large file that is written beside its place while it is not yet known whether it is wanted. <see cref="Commit"/> puts it there, else nothing of it is left.</summary>
public sealed class PendingFile : IDisposable
{
    private readonly string _path;
    private readonly string _temporary;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _writing;

    private PendingFile(string path, Action<Stream, CancellationToken> write)
    {
        (_path, _temporary) = (path, AtomicFile.TemporaryName(path));
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _writing = Task.Run(() =>
        {
            using FileStream stream = new(_temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0);
            write(stream, _stop.Token);
        });
    }

    /// <param name="write">Runs on another thread, until its token says that nobody wants the file.</param>
    public static PendingFile Start(string path, Action<Stream, CancellationToken> write) => new(path, write);

    /// <summary>Waits for the end and leaves a file with the same bytes alone; true when it was replaced. Whole or none for every reader, but not flushed to the disk.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public bool Commit()
    {
        _writing.GetAwaiter().GetResult();
        if (!AtomicFile.Differ(_path, _temporary))
        {
            return false;
        }

        File.Move(_temporary, _path, overwrite: true);
        FolderFlush.Flush(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        return true;
    }

    public void Dispose()
    {
        _stop.Cancel();
        ((IAsyncResult)_writing).AsyncWaitHandle.WaitOne(); // A failure was thrown by Commit, or interests nobody.
        File.Delete(_temporary);
        _stop.Dispose();
    }
}
