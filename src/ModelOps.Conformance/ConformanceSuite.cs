using System.Diagnostics;
using ModelOps.Conformance.Checks;

namespace ModelOps.Conformance;

/// <summary>
/// What <c>docs/worker-protocol.md</c> asks of every worker, checked from outside: request files in, events, exit codes and files out. The
/// suite brings its own model, tokens, reader of the output and decoder in double precision, and shares no code with any worker.
/// </summary>
public static class ConformanceSuite
{
    public static IReadOnlyList<Check> Checks { get; } =
    [
        .. RefusalChecks.All, .. BadInputChecks.All, .. TrainingChecks.All, .. PreferenceChecks.All, .. InterruptionChecks.All, .. AnswerChecks.All, .. ScoreChecks.All, .. VerbChecks.All,
    ];

    /// <summary>Runs one check; nothing that the worker does throws.</summary>
    public static CheckResult Run(Check check, Workbench bench)
    {
        long started = Stopwatch.GetTimestamp();
        var (outcome, detail) = Outcome(check, bench);
        return new CheckResult(check, outcome, detail, Stopwatch.GetElapsedTime(started));
    }

    private static (CheckOutcome Outcome, string Detail) Outcome(Check check, Workbench bench)
    {
        try
        {
            check.Run(bench);
            return (CheckOutcome.Passed, "");
        }
        catch (NotOfferedException e)
        {
            return (CheckOutcome.NotOffered, e.Message);
        }
        catch (NonconformityException e)
        {
            return (CheckOutcome.Failed, e.Message);
        }
        catch (Exception e) when (e is IOException or System.Text.Json.JsonException or InvalidOperationException or KeyNotFoundException or FormatException or TimeoutException)
        {
            // What a worker wrote or left out could not be read.
            return (CheckOutcome.Failed, $"{e.GetType().Name}: {e.Message}");
        }
    }
}
