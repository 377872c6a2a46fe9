namespace ModelOps.Backends.Clusters;

/// <summary>Brings what the starts of a job write to whoever reads it, in order.</summary>
internal sealed class RunReader(RunFolder folder, IRunOutput target)
{
    private readonly LineTail _log = new(folder.Log);
    private (RunFolder.Attempt Attempt, LineTail Output, LineTail Errors)? _open;

    /// <summary>Reads what is there now.</summary>
    /// <returns>What the cluster itself said meanwhile.</returns>
    public IReadOnlyList<string> Pump()
    {
        foreach (RunFolder.Attempt attempt in folder.Attempts.Where(a => _open is not { } open || (a.Job, a.Start).CompareTo((open.Attempt.Job, open.Attempt.Start)) > 0))
        {
            Drain();
            target.Begin();
            _open = (attempt, new LineTail(attempt.Output), new LineTail(attempt.Errors));
        }

        Drain();
        return _log.Next();
    }

    /// <summary>Reads the rest: no more comes.</summary>
    public IReadOnlyList<string> Finish()
    {
        IReadOnlyList<string> log = Pump();
        if (_open?.Output.Rest() is { } said)
        {
            target.Output(said);
        }

        if (_open?.Errors.Rest() is { } complained)
        {
            target.Error(complained);
        }

        return log;
    }

    private void Drain()
    {
        foreach (string line in _open?.Errors.Next() ?? [])
        {
            target.Error(line);
        }

        foreach (string line in _open?.Output.Next() ?? [])
        {
            target.Output(line);
        }
    }
}
