using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Engine.ChatTemplates;
using ModelOps.Engine.Generation;
using ModelOps.Engine.Training;

namespace ModelOps.Worker;

/// <summary>The rows of a file as a model sees them; what a template refuses is reported with the row's line.</summary>
internal sealed class Conversations(string file, IReadOnlyList<PromptLine> lines)
{
    public IReadOnlyList<PromptLine> Lines => lines;

    public static Conversations Read(string file) => new(file, LineFile.Read<PromptLine>(file));

    /// <summary>Tokens and the assistant's mask of every row.</summary>
    public IReadOnlyList<TrainingExample> Examples(ChatModel model)
    {
        var encoder = new ConversationEncoder(model.Template, model.Tokenizer, model.StopTokenIds);
        return Each(encoder.Encode);
    }

    /// <summary>Tokens of every prompt, up to where the assistant answers.</summary>
    public IReadOnlyList<int[]> Prompts(ChatModel model) => Each(model.EncodePrompt);

    public IReadOnlyList<T> Each<T>(Func<ChatConversation, T> encode)
    {
        var encoded = new T[lines.Count];
        for (int i = 0; i < lines.Count; i++)
        {
            try
            {
                encoded[i] = encode(ChatConversation.FromMessages(lines[i].Messages.Select(m => (m.Role, m.Content))));
            }
            catch (ChatTemplateException e)
            {
                throw new DiagnosticException(WorkerDiagnostics.BadRow(file, i + 1, $"the chat template {Path.GetFileName(e.File)}({e.Line},{e.Column}) refuses it: {e.Reason}"), e);
            }
            catch (MaskException e)
            {
                throw new DiagnosticException(WorkerDiagnostics.NoMask(file, i + 1, e.Message), e);
            }
        }

        return encoded;
    }
}
