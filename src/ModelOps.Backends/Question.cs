using ModelOps.Core.Protocol;

namespace ModelOps.Backends;

/// <summary>One thing to ask a model that runs elsewhere.</summary>
/// <param name="Id">Identity of the messages.</param>
/// <param name="Repeat">Which of the independent answers, from 0.</param>
public sealed record Question(string Id, int Repeat, IReadOnlyList<PromptMessage> Messages);
