using ModelOps.Backends;
using ModelOps.Backends.Commands;
using ModelOps.Backends.Endpoints;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Evaluating;

namespace ModelOps.Pipeline.Answering;

/// <summary>Answers by endpoints and commands. Each is on the disk as soon as it has come, so that nothing is asked, or paid, twice.</summary>
/// <param name="stage">Whose progress is shown.</param>
internal sealed class RemoteWork(string project, ServedModels served, IStageLog log, CancellationToken cancellation, string stage = Names.Evaluate)
{
    /// <summary>Asks what is open; afterwards the store has all answers that came, whatever happened.</summary>
    public void Ask(Subject subject, ModelStore store)
    {
        using AnswerJournal journal = Wait(AnswerJournal.OpenAsync(store, subject.AnswersKey, subject.Respondent.Price is not null, cancellation));

        // Looked at again: another build may have had its turn before, or left answers when it was killed.
        IReadOnlyDictionary<(string Id, int Repeat), AnswerLine> kept = store.Answers.Get(subject.AnswersKey);
        Question[] open = [.. subject.Open((id, repeat) => kept.ContainsKey((id, repeat))).Select(q => new Question(q.Prompt.Id, q.Repeat, q.Prompt.Messages))];
        int answered = 0;
        try
        {
            Ask(subject, open, answer =>
            {
                journal.Add(answer);
                log.Progress(new StageProgress($"{stage} {subject.Name}", ++answered, open.Length, "", null));
            });
        }
        finally
        {
            journal.SettleAsync(CancellationToken.None).GetAwaiter().GetResult();
        }
    }

    private void Ask(Subject subject, Question[] open, Action<AnswerLine> answered)
    {
        if (open.Length == 0)
        {
            return;
        }

        if (subject.Respondent is ShellModel command)
        {
            new CommandModel(command.Options).AskAsync(open, subject.Decoding, answered, cancellation).GetAwaiter().GetResult();
            return;
        }

        EndpointOptions options = served.Reach((EndpointModel)subject.Respondent);
        using var endpoint = new ChatEndpoint(options, Environment.GetEnvironmentVariable);
        endpoint.AskAsync(open, subject.Decoding, answered, cancellation).GetAwaiter().GetResult();
        if (options.Price is not null && endpoint.WithoutUsage > 0)
        {
            log.Report(EvaluateErrors.NoUsage(options.Name, endpoint.WithoutUsage, project));
        }
    }

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();
}
