using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Evaluation.Prompts;

/// <summary>A prompt file with what belongs to it: examples, passages of documents, and how the answer is found in what the model says.</summary>
public sealed record PreparedPrompt(PromptyFile File, string Name)
{
    public ExamplePool? Examples { get; init; }

    public PassageIndex? Documents { get; init; }

    /// <summary>How many passages each question gets; 0 without <see cref="Documents"/>.</summary>
    public int Passages { get; init; }

    public AnswerPattern? Answer { get; init; }

    /// <summary>The costliest of what it does.</summary>
    public SubjectTechnique Technique
        => Passages > 0 ? SubjectTechnique.Retrieval
            : Examples is not null || File.HasExamples ? SubjectTechnique.FewShot
            : Answer is not null ? SubjectTechnique.ChainOfThought
            : SubjectTechnique.Prompt;

    /// <summary>The messages that ask about one row.</summary>
    public IReadOnlyList<PromptMessage> Render(EvaluationItem item)
        => File.Render(item, Examples?.For(item) ?? [], Passages > 0 ? string.Join("\n\n", Documents!.Search(item.Input, Passages)) : null);

    /// <summary>Throws MOPS4026 at the first placeholder that not every row can fill; to be called before any work.</summary>
    public void CheckPlaceholders(IEnumerable<string> fields) => File.CheckPlaceholders(Passages > 0 ? fields.Append(PromptyFile.DocumentsPlaceholder) : fields);

    /// <summary>The shared decoding with what the prompt file sets itself. A prompt whose answer is extracted reasons freely: the schema binds answers, and they are found after it.</summary>
    public DecodingOptions Decoding(DecodingOptions shared)
        => File.Decoding(Answer is null ? shared : shared with { JsonSchema = null });

    /// <summary>What decides the messages of a row and the answer that is read from what is said.</summary>
    public KeyFields ToFields()
    {
        KeyFields fields = File.ToFields();
        Examples?.AddTo(fields);
        if (Documents is not null)
        {
            fields.Add("passages", Passages).Add("documents", Documents.Digest);
        }

        return Answer is null ? fields : fields.Add("answer", Answer.Text);
    }
}
