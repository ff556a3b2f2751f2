"""Own short replies for the 77 intents of banking77 (user texts: PolyAI banking77, CC BY 4.0)."""

import csv

R77 = """card_arrival|Cards usually arrive within 5 to 7 days. If yours is late, please tell me your address and I will check it.
card_linking|You can link your card in the app. Open Cards, choose Add card and enter the card number.
exchange_rate|We use the current market exchange rate. You can see it in the app before you exchange money.
card_payment_wrong_exchange_rate|I am sorry about that. The rate is set when the payment is completed. I can check the payment for you.
extra_charge_on_statement|I am sorry about the extra charge. It is often a fee or a test charge by a shop. Please tell me the date and the amount.
pending_cash_withdrawal|A pending cash withdrawal is usually completed within 24 hours. You do not have to do anything.
fiat_currency_support|You can hold and exchange many currencies, such as dollars, euros and pounds.
card_delivery_estimate|Standard delivery of a card takes 5 to 7 days. Express delivery takes 2 days.
automatic_top_up|You can turn on automatic top-up in the app. Open Top up and choose the amount and the limit.
card_not_working|I am sorry that your card does not work. Please check that it is active and not frozen in the app.
exchange_via_app|Yes, you can exchange money in the app. Open Accounts, choose Exchange and enter the amount.
lost_or_stolen_card|I am sorry to hear that. Please freeze the card in the app now. I can order a new card for you.
age_limit|You must be 18 years old to open an account. Children can get an account together with a parent.
pin_blocked|Your PIN is blocked after three wrong tries. You can unblock it in the app under Card settings.
contactless_not_working|Please pay once with your PIN to activate contactless payments. If it still fails, I can send you a new card.
top_up_by_bank_transfer_charge|Top-ups by bank transfer are free of charge in your own currency.
pending_top_up|A pending top-up is usually completed within one hour. Please check your balance again later.
cancel_transfer|You can cancel a transfer while it is pending. Open the transfer in the app and choose Cancel.
top_up_limits|You can find your top-up limits in the app under Account and Limits.
wrong_amount_of_cash_received|I am sorry about that. Please tell me the amount and the place of the cash machine, and I will look into it.
card_payment_fee_charged|Card payments are free at home. A small fee can apply for payments in other currencies.
transfer_not_received_by_recipient|Transfers can take up to 3 days. Please check that the account details are correct.
supported_cards_and_currencies|You can use most debit and credit cards. We support dollars, euros, pounds and many other currencies.
getting_virtual_card|You can create a virtual card in the app. Open Cards and choose Virtual card.
card_acceptance|Your card is accepted everywhere where you see the logo of the card.
top_up_reverted|A top-up is reverted when your bank declines it. The money goes back to your other account.
balance_not_updated_after_cheque_or_cash_deposit|Cash deposits take up to one day and cheques take up to 5 days. Then your balance will be updated.
card_payment_not_recognised|I am sorry to hear that. Please freeze your card in the app and tell me the date and the amount of the payment.
edit_personal_details|You can change your personal details in the app. Open Profile and choose Edit.
why_verify_identity|We must verify your identity by law. It also keeps your account safe.
unable_to_verify_identity|I am sorry about that. Please take a clear photo of your passport in good light and try again.
get_physical_card|You can order a physical card in the app. Open Cards and choose Order card.
visa_or_mastercard|We offer both Visa and Mastercard. You can choose when you order your card.
topping_up_by_card|Open Top up in the app, choose Card and enter the amount. The money arrives at once.
disposable_card_limits|You can create up to 5 disposable cards per day. Each card works for one payment.
compromised_card|Please freeze your card in the app right away. I will block it and send you a new one.
atm_support|You can use your card at all cash machines that show the logo of your card.
direct_debit_payment_not_recognised|I am sorry to hear that. You can cancel a direct debit in the app. Please tell me the name and the amount.
passcode_forgotten|You can reset your passcode on the login screen. Choose Forgot passcode and follow the steps.
declined_cash_withdrawal|I am sorry about that. Please check your balance, your daily limit and your PIN.
pending_card_payment|A pending payment is completed when the shop confirms it. This can take a few days.
lost_or_stolen_phone|I am sorry to hear that. Please log in from another device and block your account. We will help you to restore it.
request_refund|I can help you with a refund. Please contact the shop first. If it does not help, tell me the date and the amount.
declined_transfer|I am sorry about that. Please check your balance and the account details, and try again.
Refund_not_showing_up|Refunds can take up to 5 days to show up in your account. Please check again later.
declined_card_payment|I am sorry about that. Please check your balance and that your card is active, and try again.
pending_transfer|Transfers usually take one day, and up to 3 days between countries. You do not have to do anything.
terminate_account|I am sorry that you want to leave. You can close your account in the app under Profile and Close account.
card_swallowed|I am sorry to hear that. Please freeze the card in the app. I can order a new card for you.
transaction_charged_twice|I am sorry about that. One of the two charges is often only pending and will be returned. Please tell me the amount.
verify_source_of_funds|Sometimes we must ask where your money comes from. You can send a document in the app.
transfer_timing|Transfers inside the country take a few hours. Transfers to other countries take 1 to 3 days.
reverted_card_payment?|A payment is reverted when the shop cancels it. The money is back in your account within a few days.
change_pin|You can change your PIN at a cash machine or in the app under Card settings.
beneficiary_not_allowed|We cannot send money to some accounts or countries. Please check the details of the receiver.
transfer_fee_charged|Transfers are free in your own currency. A small fee can apply for other currencies.
receiving_money|To receive money, share your account number. You can find it in the app under Accounts.
failed_transfer|I am sorry that the transfer failed. Please check the account details and your balance, and try again.
transfer_into_account|You can transfer money into your account with your account number. You can find it in the app.
verify_top_up|You can verify a top-up with the code in the app. Open Top up and choose Verify.
getting_spare_card|Yes, you can order a second card in the app for a small fee.
top_up_by_cash_or_cheque|I am sorry, you cannot top up with cash or a cheque. Please use a card or a bank transfer.
order_physical_card|You can order a card in the app under Cards. It costs 5 dollars and arrives in 5 to 7 days.
virtual_card_not_working|I am sorry about that. Please check that the card is active in the app, or create a new virtual card.
wrong_exchange_rate_for_cash_withdrawal|I am sorry about that. The cash machine may use its own rate. Please choose to pay in the local currency next time.
get_disposable_virtual_card|You can create a disposable card in the app. Open Cards and choose Disposable card.
top_up_failed|I am sorry that your top-up failed. Please check the card details and try again.
balance_not_updated_after_bank_transfer|A bank transfer can take up to 3 days. Then your balance will be updated.
cash_withdrawal_not_recognised|I am sorry to hear that. Please freeze your card in the app now. I will look into the withdrawal.
exchange_charge|Exchanging money is free on weekdays up to your limit. After that, there is a small fee.
top_up_by_card_charge|Top-ups with a debit card are free. A small fee can apply for credit cards.
activate_my_card|To activate your card, open Cards in the app, choose the card and tap Activate.
cash_withdrawal_charge|Cash withdrawals are free up to 200 dollars per month. After that, there is a small fee.
card_about_to_expire|We will send you a new card before the old one expires. You can use the old card until then.
apple_pay_or_google_pay|Yes, you can add your card to Apple Pay or Google Pay in the app.
verify_my_identity|Open Profile in the app, choose Verify and take a photo of your passport or your ID card.
country_support|We offer accounts in most countries of Europe. Please check the list in the app."""
REP = dict(l.split("|") for l in R77.split("\n"))


def load(split="train"):
    r = list(csv.DictReader(open(f"corpora/banking77/{split}.csv")))
    miss = {x["category"] for x in r} - set(REP)
    assert not miss, miss
    return [(x["text"].strip(), REP[x["category"]]) for x in r]
