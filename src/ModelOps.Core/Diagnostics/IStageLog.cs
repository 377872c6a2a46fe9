namespace ModelOps.Core.Diagnostics;

/// <summary>Where a stage says things. Each front end (MSBuild task, command line, test) has one adapter.</summary>
public interface IStageLog
{
    /// <summary>A coded error, warning or note.</summary>
    void Report(Diagnostic diagnostic);

    /// <summary>A coded diagnostic that is not shown and only kept in the files that list all of them: notes, and what comes after the first few.</summary>
    void Record(Diagnostic diagnostic)
    {
    }

    /// <summary>A line for people. <paramref name="important"/> lines are shown at normal verbosity.</summary>
    void Message(string text, bool important = false);

    /// <summary>Progress of long work; front ends thin it out.</summary>
    void Progress(StageProgress progress);
}

/// <summary>Where long work stands.</summary>
/// <param name="Stage">Stage name, for example <c>Train</c>.</param>
/// <param name="Done">Steps or rows done.</param>
/// <param name="Total">Steps or rows in all; 0 when unknown.</param>
/// <param name="Detail">What the unit is doing, for example <c>loss 1.23, 5100 tokens/s</c>.</param>
/// <param name="Remaining">Estimated time left, when known.</param>
public sealed record StageProgress(string Stage, long Done, long Total, string Detail, TimeSpan? Remaining = null);
