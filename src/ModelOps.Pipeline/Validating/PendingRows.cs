using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Validating;

/// <summary>The row files of all sets, written while the sets are still looked at: for a large set that takes as long as reading it.</summary>
internal sealed class PendingRows : IDisposable
{
    private readonly StageFiles _files;
    private readonly Dictionary<DatasetKind, PendingFile> _pending;

    public PendingRows(IEnumerable<Dataset> datasets, StageFiles files)
        => (_files, _pending) = (files, datasets.ToDictionary(d => d.Kind, d => PendingFile.Start(files.Rows(d.Kind), d.WriteRows)));

    /// <summary>Puts the files into their places, and removes those of sets that are no more.</summary>
    public void Commit()
    {
        foreach (DatasetKind kind in Enum.GetValues<DatasetKind>())
        {
            if (_pending.TryGetValue(kind, out PendingFile? file))
            {
                file.Commit();
            }
            else
            {
                File.Delete(_files.Rows(kind));
            }
        }
    }

    public void Dispose()
    {
        foreach (PendingFile file in _pending.Values)
        {
            file.Dispose();
        }
    }
}
