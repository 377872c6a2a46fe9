using System.Text.Json;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Answering;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Resolving;

/// <summary>Rows that another project's model answers: what is asked comes from files, the answers are greedy and decoded as that project was evaluated.</summary>
internal sealed class AnsweredRows
{
    private readonly ModelReference _reference;
    private readonly Subject _subject;

    /// <param name="worker">Null, or what tells a worker of one's own from the one that the other project has.</param>
    public AnsweredRows(ModelReference reference, ActionKey training, string? worker, IReadOnlyList<PromptLine> prompts)
    {
        _reference = reference;
        bool whole = reference.IsWholeModel;
        _subject = new Subject(
            reference.Name,
            SubjectKind.Candidate,
            SubjectTechnique.FineTune,
            new LocalModel(whole ? reference.Files.Adapter : reference.BaseModelDirectory, whole ? null : reference.Files.Adapter, Identity(training, worker)),
            TypedSettings.RequireDecoding(reference.Inputs),
            null,
            [.. prompts.Select(p => p.Messages)]);
    }

    /// <summary>Of all that decides the rows.</summary>
    public ActionKey Key => new KeyFields().Add("answers", _subject.AnswersKey).Add("format", 1).Add("prompts", _subject.PromptIds).ToKey("distill");

    public int Count => _subject.Prompts.Count;

    /// <summary>Answers that the store has not.</summary>
    public int Open(IReadOnlyDictionary<(string Id, int Repeat), AnswerLine> kept) => _subject.Open((id, repeat) => kept.ContainsKey((id, repeat))).Count();

    public ActionKey AnswersKey => _subject.AnswersKey;

    // As the candidate of the other project's evaluation, with which answers are shared.
    private static KeyFields Identity(ActionKey training, string? worker)
        => worker is { } other ? new KeyFields().Add("trainingKey", training).Add("worker", other) : new KeyFields().Add("trainingKey", training);

    /// <summary>Writes a row per prompt whose answer is whole.</summary>
    public void Write(AnswerSource source, IStageLog log)
    {
        IReadOnlyList<AnswerLine> answers = source.Ask(_subject);
        var rows = new List<byte>();
        int cut = 0, empty = 0;
        for (int i = 0; i < answers.Count; i++)
        {
            if (answers[i].Finish == "length")
            {
                cut++;
            }
            else if (answers[i].Text.Trim().Length == 0)
            {
                empty++;
            }
            else
            {
                PromptMessage[] messages = [.. _subject.Prompts[i], new PromptMessage("assistant", answers[i].Text)];
                rows.AddRange(JsonSerializer.SerializeToUtf8Bytes(new { messages }, WorkerJson.Options));
                rows.Add((byte)'\n');
            }
        }

        if (cut + empty > 0)
        {
            log.Report(ReferenceErrors.AnswersLeftOut(_reference.Name, cut, empty, answers.Count, new SourceLocation(_reference.ProjectFile)));
        }

        AtomicFile.WriteIfDifferent(_reference.Output, rows.ToArray());
    }
}
