using ModelOps.Core.Artifacts;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;

namespace ModelOps.Pipeline.Answering;

/// <summary>Answers that were given before: those of <c>eval.lock</c> first, then the store's. Remembers what an evaluation used.</summary>
/// <param name="local">For models that run here.</param>
/// <param name="elsewhere">For endpoints and commands, whose answers are the same whatever is believed of the tuned model.</param>
/// <param name="recorded">Null without <c>eval.lock</c>.</param>
internal sealed class AnswerMemory(ModelStore local, ModelStore elsewhere, AnswerLock? recorded)
{
    /// <summary>What this evaluation used: the next <c>eval.lock</c>.</summary>
    public AnswerLock Used { get; } = new();

    public ModelStore StoreOf(Subject subject) => subject.Respondent is LocalModel ? local : elsewhere;

    public IReadOnlyDictionary<(string Id, int Repeat), AnswerLine> Known(Subject subject) => Join(recorded, subject, StoreOf(subject).Answers.Get);

    /// <summary>What is recorded wins over what <paramref name="others"/> has.</summary>
    public static IReadOnlyDictionary<(string Id, int Repeat), AnswerLine> Join(
        AnswerLock? recorded, Subject subject, Func<ActionKey, IReadOnlyDictionary<(string Id, int Repeat), AnswerLine>> others)
    {
        ActionKey key = subject.AnswersKey;
        IReadOnlyDictionary<(string Id, int Repeat), AnswerLine> first = recorded?.Answers(key) ?? new Dictionary<(string, int), AnswerLine>();
        if (first.Count > 0 && !subject.Open((id, repeat) => first.ContainsKey((id, repeat))).Any())
        {
            return first;
        }

        var all = new Dictionary<(string Id, int Repeat), AnswerLine>(first);
        foreach (((string Id, int Repeat) asked, AnswerLine answer) in others(key))
        {
            all.TryAdd(asked, answer);
        }

        return all;
    }

    public List<ScoreLine>? RecordedScores(ActionKey action) => recorded?.Scores(action);

    /// <summary>Whether every answer of a subject is recorded.</summary>
    public bool HasRecorded(Subject subject)
        => recorded?.Answers(subject.AnswersKey) is { } answers && !subject.Open((id, repeat) => answers.ContainsKey((id, repeat))).Any();
}
