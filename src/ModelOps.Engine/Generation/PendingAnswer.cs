namespace ModelOps.Engine.Generation;

/// <summary>A row of a <see cref="BatchLoop"/> and whoever waits for it.</summary>
internal sealed class PendingAnswer(GenerationRow row, Action<GenerationStep>? onStep, CancellationToken cancellation)
{
    // Continuations run elsewhere: the loop's thread is everybody's.
    private readonly TaskCompletionSource<GeneratedRow> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal GenerationRow Row => row;

    internal Task<GeneratedRow> Task => _end.Task;

    internal bool IsCancelled => cancellation.IsCancellationRequested;

    /// <summary>Hands the last token out; false where its reader fails, who then gets no more.</summary>
    internal bool Report()
    {
        if (onStep is null)
            return true;
        try
        {
            onStep(row.Step);
            return true;
        }
        catch (Exception e) // whatever a reader throws is its own
        {
            End(e);
            return false;
        }
    }

    internal void End() => _end.TrySetResult(row.Result());

    internal void End(Exception failure) => _end.TrySetException(failure);

    internal void Cancel() => _end.TrySetCanceled(cancellation);
}
